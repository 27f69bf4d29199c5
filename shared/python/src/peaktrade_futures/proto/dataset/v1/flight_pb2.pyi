import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BarQuery(_message.Message):
    __slots__ = ("path", "start", "end", "extra_columns")
    PATH_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    EXTRA_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    start: _timestamp_pb2.Timestamp
    end: _timestamp_pb2.Timestamp
    extra_columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, path: _Optional[_Iterable[str]] = ..., start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extra_columns: _Optional[_Iterable[str]] = ...) -> None: ...

class BarTicket(_message.Message):
    __slots__ = ("format", "dataset_id", "contract", "method", "content_sha256", "row_start", "row_end", "as_of", "extra_columns")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROW_START_FIELD_NUMBER: _ClassVar[int]
    ROW_END_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    EXTRA_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    format: int
    dataset_id: str
    contract: str
    method: str
    content_sha256: str
    row_start: int
    row_end: int
    as_of: _timestamp_pb2.Timestamp
    extra_columns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[int] = ..., dataset_id: _Optional[str] = ..., contract: _Optional[str] = ..., method: _Optional[str] = ..., content_sha256: _Optional[str] = ..., row_start: _Optional[int] = ..., row_end: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extra_columns: _Optional[_Iterable[str]] = ...) -> None: ...
