import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SettlementInput(_message.Message):
    __slots__ = ("contract", "content_sha256")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    contract: str
    content_sha256: str
    def __init__(self, contract: _Optional[str] = ..., content_sha256: _Optional[str] = ...) -> None: ...

class ImportSettlementsRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: SettlementsHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[SettlementsHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SettlementsHeader(_message.Message):
    __slots__ = ("format", "root", "file_name", "supersede")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDE_FIELD_NUMBER: _ClassVar[int]
    format: str
    root: str
    file_name: str
    supersede: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[str] = ..., root: _Optional[str] = ..., file_name: _Optional[str] = ..., supersede: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportSettlementsResponse(_message.Message):
    __slots__ = ("file_sha256", "rows_in", "dispositions", "already_present", "contracts")
    FILE_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROWS_IN_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    ALREADY_PRESENT_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    file_sha256: str
    rows_in: int
    dispositions: _containers.RepeatedCompositeFieldContainer[SettlementDisposition]
    already_present: bool
    contracts: _containers.RepeatedCompositeFieldContainer[ContractSettlements]
    def __init__(self, file_sha256: _Optional[str] = ..., rows_in: _Optional[int] = ..., dispositions: _Optional[_Iterable[_Union[SettlementDisposition, _Mapping]]] = ..., already_present: _Optional[bool] = ..., contracts: _Optional[_Iterable[_Union[ContractSettlements, _Mapping]]] = ...) -> None: ...

class ListSettlementsRequest(_message.Message):
    __slots__ = ("root", "contract")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    root: str
    contract: str
    def __init__(self, root: _Optional[str] = ..., contract: _Optional[str] = ...) -> None: ...

class ListSettlementsResponse(_message.Message):
    __slots__ = ("contracts",)
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[ContractSettlements]
    def __init__(self, contracts: _Optional[_Iterable[_Union[ContractSettlements, _Mapping]]] = ...) -> None: ...

class ContractSettlements(_message.Message):
    __slots__ = ("contract", "content_sha256", "settlements", "open_interests", "first_trade_date", "last_trade_date", "source_sha256", "facts")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENTS_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTERESTS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SHA256_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    contract: str
    content_sha256: str
    settlements: int
    open_interests: int
    first_trade_date: str
    last_trade_date: str
    source_sha256: _containers.RepeatedScalarFieldContainer[str]
    facts: _containers.RepeatedCompositeFieldContainer[DailyFact]
    def __init__(self, contract: _Optional[str] = ..., content_sha256: _Optional[str] = ..., settlements: _Optional[int] = ..., open_interests: _Optional[int] = ..., first_trade_date: _Optional[str] = ..., last_trade_date: _Optional[str] = ..., source_sha256: _Optional[_Iterable[str]] = ..., facts: _Optional[_Iterable[_Union[DailyFact, _Mapping]]] = ...) -> None: ...

class DailyFact(_message.Message):
    __slots__ = ("trade_date", "settlement", "settlement_known_at", "open_interest", "open_interest_known_at")
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    settlement: str
    settlement_known_at: _timestamp_pb2.Timestamp
    open_interest: int
    open_interest_known_at: _timestamp_pb2.Timestamp
    def __init__(self, trade_date: _Optional[str] = ..., settlement: _Optional[str] = ..., settlement_known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_interest: _Optional[int] = ..., open_interest_known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SettlementDisposition(_message.Message):
    __slots__ = ("kind", "rows")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    rows: int
    def __init__(self, kind: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...
