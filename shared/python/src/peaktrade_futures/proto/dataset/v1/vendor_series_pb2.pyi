import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportVendorSeriesRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: VendorSeriesHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[VendorSeriesHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class VendorSeriesHeader(_message.Message):
    __slots__ = ("format", "root", "file_name", "adjusted", "supersede")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDE_FIELD_NUMBER: _ClassVar[int]
    format: str
    root: str
    file_name: str
    adjusted: str
    supersede: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[str] = ..., root: _Optional[str] = ..., file_name: _Optional[str] = ..., adjusted: _Optional[str] = ..., supersede: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportVendorSeriesResponse(_message.Message):
    __slots__ = ("file_sha256", "rows_in", "dispositions", "already_present", "series")
    FILE_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROWS_IN_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    ALREADY_PRESENT_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    file_sha256: str
    rows_in: int
    dispositions: _containers.RepeatedCompositeFieldContainer[VendorSeriesDisposition]
    already_present: bool
    series: VendorSeries
    def __init__(self, file_sha256: _Optional[str] = ..., rows_in: _Optional[int] = ..., dispositions: _Optional[_Iterable[_Union[VendorSeriesDisposition, _Mapping]]] = ..., already_present: _Optional[bool] = ..., series: _Optional[_Union[VendorSeries, _Mapping]] = ...) -> None: ...

class VendorSeriesDisposition(_message.Message):
    __slots__ = ("kind", "rows")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    rows: int
    def __init__(self, kind: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...

class ListVendorSeriesRequest(_message.Message):
    __slots__ = ("root",)
    ROOT_FIELD_NUMBER: _ClassVar[int]
    root: str
    def __init__(self, root: _Optional[str] = ...) -> None: ...

class ListVendorSeriesResponse(_message.Message):
    __slots__ = ("series",)
    SERIES_FIELD_NUMBER: _ClassVar[int]
    series: _containers.RepeatedCompositeFieldContainer[VendorSeries]
    def __init__(self, series: _Optional[_Iterable[_Union[VendorSeries, _Mapping]]] = ...) -> None: ...

class VendorSeries(_message.Message):
    __slots__ = ("root", "ticker", "bar", "adjusted", "has_volume", "rows", "first_time", "last_time", "content_sha256", "path", "sources")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    TICKER_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    HAS_VOLUME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    root: str
    ticker: str
    bar: str
    adjusted: bool
    has_volume: bool
    rows: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    content_sha256: str
    path: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedCompositeFieldContainer[VendorSeriesSource]
    def __init__(self, root: _Optional[str] = ..., ticker: _Optional[str] = ..., bar: _Optional[str] = ..., adjusted: _Optional[bool] = ..., has_volume: _Optional[bool] = ..., rows: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., content_sha256: _Optional[str] = ..., path: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[_Union[VendorSeriesSource, _Mapping]]] = ...) -> None: ...

class VendorSeriesSource(_message.Message):
    __slots__ = ("sha256", "file_name", "bars", "bars_added")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    BARS_ADDED_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    file_name: str
    bars: int
    bars_added: int
    def __init__(self, sha256: _Optional[str] = ..., file_name: _Optional[str] = ..., bars: _Optional[int] = ..., bars_added: _Optional[int] = ...) -> None: ...
