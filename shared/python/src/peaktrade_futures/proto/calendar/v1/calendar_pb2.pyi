import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetCalendarInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCalendarInfoResponse(_message.Message):
    __slots__ = ("version", "sha256", "valid_from", "valid_to", "roots", "sources")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    ROOTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    version: str
    sha256: str
    valid_from: str
    valid_to: str
    roots: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[str] = ..., sha256: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ..., roots: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[str]] = ...) -> None: ...

class GetCalendarFileRequest(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    def __init__(self, sha256: _Optional[str] = ...) -> None: ...

class GetCalendarFileResponse(_message.Message):
    __slots__ = ("sha256", "content")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    content: bytes
    def __init__(self, sha256: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class GetContractRequest(_message.Message):
    __slots__ = ("symbol",)
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    def __init__(self, symbol: _Optional[str] = ...) -> None: ...

class GetContractResponse(_message.Message):
    __slots__ = ("contract",)
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    contract: Contract
    def __init__(self, contract: _Optional[_Union[Contract, _Mapping]] = ...) -> None: ...

class Contract(_message.Message):
    __slots__ = ("symbol", "root", "multiplier_usd", "tick", "spread_tick", "currency", "last_trade_date", "last_trade_time", "roll_trade_date")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_USD_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    SPREAD_TICK_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_TIME_FIELD_NUMBER: _ClassVar[int]
    ROLL_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    root: str
    multiplier_usd: str
    tick: str
    spread_tick: str
    currency: str
    last_trade_date: str
    last_trade_time: _timestamp_pb2.Timestamp
    roll_trade_date: str
    def __init__(self, symbol: _Optional[str] = ..., root: _Optional[str] = ..., multiplier_usd: _Optional[str] = ..., tick: _Optional[str] = ..., spread_tick: _Optional[str] = ..., currency: _Optional[str] = ..., last_trade_date: _Optional[str] = ..., last_trade_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., roll_trade_date: _Optional[str] = ...) -> None: ...

class ListContractsRequest(_message.Message):
    __slots__ = ("root", "to")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., **kwargs) -> None: ...

class ListContractsResponse(_message.Message):
    __slots__ = ("contracts",)
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[Contract]
    def __init__(self, contracts: _Optional[_Iterable[_Union[Contract, _Mapping]]] = ...) -> None: ...

class ParseSymbolRequest(_message.Message):
    __slots__ = ("text", "reference_date")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_DATE_FIELD_NUMBER: _ClassVar[int]
    text: str
    reference_date: str
    def __init__(self, text: _Optional[str] = ..., reference_date: _Optional[str] = ...) -> None: ...

class ParseSymbolResponse(_message.Message):
    __slots__ = ("symbol",)
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    def __init__(self, symbol: _Optional[str] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ("root", "to")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., **kwargs) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[Session]
    def __init__(self, sessions: _Optional[_Iterable[_Union[Session, _Mapping]]] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("trade_date", "segments", "minutes", "settlement_time", "note", "is_projected")
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    IS_PROJECTED_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    minutes: int
    settlement_time: _timestamp_pb2.Timestamp
    note: str
    is_projected: bool
    def __init__(self, trade_date: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., minutes: _Optional[int] = ..., settlement_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., is_projected: _Optional[bool] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("open", "close")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    open: _timestamp_pb2.Timestamp
    close: _timestamp_pb2.Timestamp
    def __init__(self, open: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ResolveTradeDateRequest(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ResolveTradeDateResponse(_message.Message):
    __slots__ = ("trade_date",)
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    def __init__(self, trade_date: _Optional[str] = ...) -> None: ...

class GetMarketStateRequest(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetMarketStateResponse(_message.Message):
    __slots__ = ("is_open", "trade_date", "next_open", "next_close")
    IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    NEXT_OPEN_FIELD_NUMBER: _ClassVar[int]
    NEXT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    is_open: bool
    trade_date: str
    next_open: _timestamp_pb2.Timestamp
    next_close: _timestamp_pb2.Timestamp
    def __init__(self, is_open: _Optional[bool] = ..., trade_date: _Optional[str] = ..., next_open: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_close: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetRollScheduleRequest(_message.Message):
    __slots__ = ("root", "to")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., **kwargs) -> None: ...

class GetRollScheduleResponse(_message.Message):
    __slots__ = ("rolls", "policy")
    ROLLS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    rolls: _containers.RepeatedCompositeFieldContainer[ScheduledRoll]
    policy: str
    def __init__(self, rolls: _Optional[_Iterable[_Union[ScheduledRoll, _Mapping]]] = ..., policy: _Optional[str] = ...) -> None: ...

class ScheduledRoll(_message.Message):
    __slots__ = ("from_symbol", "to_symbol", "trade_date", "roll_time")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TO_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    ROLL_TIME_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    to_symbol: str
    trade_date: str
    roll_time: _timestamp_pb2.Timestamp
    def __init__(self, from_symbol: _Optional[str] = ..., to_symbol: _Optional[str] = ..., trade_date: _Optional[str] = ..., roll_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
