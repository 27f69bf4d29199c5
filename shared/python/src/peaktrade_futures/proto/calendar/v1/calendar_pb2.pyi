import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Hours(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOURS_UNSPECIFIED: _ClassVar[Hours]
    HOURS_FULL: _ClassVar[Hours]
    HOURS_REGULAR: _ClassVar[Hours]
    HOURS_EXTENDED: _ClassVar[Hours]
HOURS_UNSPECIFIED: Hours
HOURS_FULL: Hours
HOURS_REGULAR: Hours
HOURS_EXTENDED: Hours

class GetCalendarInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCalendarInfoResponse(_message.Message):
    __slots__ = ("version", "sha256", "valid_from", "valid_to", "roots", "sources", "time_zone_database", "projected_from", "outages")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    ROOTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_DATABASE_FIELD_NUMBER: _ClassVar[int]
    PROJECTED_FROM_FIELD_NUMBER: _ClassVar[int]
    OUTAGES_FIELD_NUMBER: _ClassVar[int]
    version: str
    sha256: str
    valid_from: str
    valid_to: str
    roots: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedScalarFieldContainer[str]
    time_zone_database: str
    projected_from: str
    outages: _containers.RepeatedCompositeFieldContainer[Outage]
    def __init__(self, version: _Optional[str] = ..., sha256: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ..., roots: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[str]] = ..., time_zone_database: _Optional[str] = ..., projected_from: _Optional[str] = ..., outages: _Optional[_Iterable[_Union[Outage, _Mapping]]] = ...) -> None: ...

class Outage(_message.Message):
    __slots__ = ("to", "name")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    to: _timestamp_pb2.Timestamp
    name: str
    def __init__(self, to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., name: _Optional[str] = ..., **kwargs) -> None: ...

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
    __slots__ = ("symbol", "on")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    on: str
    def __init__(self, symbol: _Optional[str] = ..., on: _Optional[str] = ...) -> None: ...

class GetContractResponse(_message.Message):
    __slots__ = ("contract", "warnings")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    contract: Contract
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, contract: _Optional[_Union[Contract, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class Contract(_message.Message):
    __slots__ = ("symbol", "root", "multiplier_usd", "tick", "spread_tick", "currency", "last_trade_date", "last_trade_time", "roll_trade_date", "exchange", "product_first_trade_date", "listing_rule", "margins", "fees", "tick_value_usd", "expiry_note")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_USD_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    SPREAD_TICK_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_TIME_FIELD_NUMBER: _ClassVar[int]
    ROLL_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIRST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    LISTING_RULE_FIELD_NUMBER: _ClassVar[int]
    MARGINS_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    TICK_VALUE_USD_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_NOTE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    root: str
    multiplier_usd: str
    tick: str
    spread_tick: str
    currency: str
    last_trade_date: str
    last_trade_time: _timestamp_pb2.Timestamp
    roll_trade_date: str
    exchange: str
    product_first_trade_date: str
    listing_rule: str
    margins: Margins
    fees: Fees
    tick_value_usd: str
    expiry_note: str
    def __init__(self, symbol: _Optional[str] = ..., root: _Optional[str] = ..., multiplier_usd: _Optional[str] = ..., tick: _Optional[str] = ..., spread_tick: _Optional[str] = ..., currency: _Optional[str] = ..., last_trade_date: _Optional[str] = ..., last_trade_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., roll_trade_date: _Optional[str] = ..., exchange: _Optional[str] = ..., product_first_trade_date: _Optional[str] = ..., listing_rule: _Optional[str] = ..., margins: _Optional[_Union[Margins, _Mapping]] = ..., fees: _Optional[_Union[Fees, _Mapping]] = ..., tick_value_usd: _Optional[str] = ..., expiry_note: _Optional[str] = ...) -> None: ...

class Margins(_message.Message):
    __slots__ = ("effective_from", "initial_usd", "maintenance_usd", "day_usd", "source", "confidence")
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    INITIAL_USD_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_USD_FIELD_NUMBER: _ClassVar[int]
    DAY_USD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    effective_from: str
    initial_usd: str
    maintenance_usd: str
    day_usd: str
    source: str
    confidence: str
    def __init__(self, effective_from: _Optional[str] = ..., initial_usd: _Optional[str] = ..., maintenance_usd: _Optional[str] = ..., day_usd: _Optional[str] = ..., source: _Optional[str] = ..., confidence: _Optional[str] = ...) -> None: ...

class Fees(_message.Message):
    __slots__ = ("effective_from", "exchange_usd", "nfa_usd", "source", "confidence")
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_USD_FIELD_NUMBER: _ClassVar[int]
    NFA_USD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    effective_from: str
    exchange_usd: str
    nfa_usd: str
    source: str
    confidence: str
    def __init__(self, effective_from: _Optional[str] = ..., exchange_usd: _Optional[str] = ..., nfa_usd: _Optional[str] = ..., source: _Optional[str] = ..., confidence: _Optional[str] = ...) -> None: ...

class ListContractsRequest(_message.Message):
    __slots__ = ("root", "to")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., **kwargs) -> None: ...

class ListContractsResponse(_message.Message):
    __slots__ = ("contracts", "warnings")
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[Contract]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, contracts: _Optional[_Iterable[_Union[Contract, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ParseSymbolRequest(_message.Message):
    __slots__ = ("text", "reference_date")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_DATE_FIELD_NUMBER: _ClassVar[int]
    text: str
    reference_date: str
    def __init__(self, text: _Optional[str] = ..., reference_date: _Optional[str] = ...) -> None: ...

class ParseSymbolResponse(_message.Message):
    __slots__ = ("symbol", "spellings", "warnings")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SPELLINGS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    spellings: _containers.RepeatedCompositeFieldContainer[Spelling]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, symbol: _Optional[str] = ..., spellings: _Optional[_Iterable[_Union[Spelling, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class Spelling(_message.Message):
    __slots__ = ("name", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("root", "trade_date", "hours")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    root: str
    trade_date: str
    hours: Hours
    def __init__(self, root: _Optional[str] = ..., trade_date: _Optional[str] = ..., hours: _Optional[_Union[Hours, str]] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session", "warnings")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    session: Session
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ("root", "to", "hours")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    hours: Hours
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., hours: _Optional[_Union[Hours, str]] = ..., **kwargs) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions", "minutes", "warnings")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[Session]
    minutes: int
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, sessions: _Optional[_Iterable[_Union[Session, _Mapping]]] = ..., minutes: _Optional[int] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("trade_date", "segments", "minutes", "settlement_time", "note", "is_projected", "regular_hours")
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    IS_PROJECTED_FIELD_NUMBER: _ClassVar[int]
    REGULAR_HOURS_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    minutes: int
    settlement_time: _timestamp_pb2.Timestamp
    note: str
    is_projected: bool
    regular_hours: Segment
    def __init__(self, trade_date: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., minutes: _Optional[int] = ..., settlement_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., is_projected: _Optional[bool] = ..., regular_hours: _Optional[_Union[Segment, _Mapping]] = ...) -> None: ...

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

class GetNthTradeDateRequest(_message.Message):
    __slots__ = ("n",)
    FROM_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    n: int
    def __init__(self, n: _Optional[int] = ..., **kwargs) -> None: ...

class GetNthTradeDateResponse(_message.Message):
    __slots__ = ("trade_date", "warnings")
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, trade_date: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class GetMarketStateRequest(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetMarketStateResponse(_message.Message):
    __slots__ = ("is_open", "trade_date", "next_open", "next_close", "reason", "outage", "is_regular_hours", "warnings")
    IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    NEXT_OPEN_FIELD_NUMBER: _ClassVar[int]
    NEXT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OUTAGE_FIELD_NUMBER: _ClassVar[int]
    IS_REGULAR_HOURS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    is_open: bool
    trade_date: str
    next_open: _timestamp_pb2.Timestamp
    next_close: _timestamp_pb2.Timestamp
    reason: str
    outage: str
    is_regular_hours: bool
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, is_open: _Optional[bool] = ..., trade_date: _Optional[str] = ..., next_open: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_close: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., outage: _Optional[str] = ..., is_regular_hours: _Optional[bool] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class RollRule(_message.Message):
    __slots__ = ("trigger", "trade_dates_before", "instant", "table")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATES_BEFORE_FIELD_NUMBER: _ClassVar[int]
    INSTANT_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    trigger: str
    trade_dates_before: int
    instant: str
    table: _containers.RepeatedCompositeFieldContainer[TableRoll]
    def __init__(self, trigger: _Optional[str] = ..., trade_dates_before: _Optional[int] = ..., instant: _Optional[str] = ..., table: _Optional[_Iterable[_Union[TableRoll, _Mapping]]] = ...) -> None: ...

class TableRoll(_message.Message):
    __slots__ = ("from_symbol", "to_symbol", "roll_time")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TO_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLL_TIME_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    to_symbol: str
    roll_time: _timestamp_pb2.Timestamp
    def __init__(self, from_symbol: _Optional[str] = ..., to_symbol: _Optional[str] = ..., roll_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetActiveContractRequest(_message.Message):
    __slots__ = ("root", "time", "rule", "depth")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    root: str
    time: _timestamp_pb2.Timestamp
    rule: RollRule
    depth: int
    def __init__(self, root: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rule: _Optional[_Union[RollRule, _Mapping]] = ..., depth: _Optional[int] = ...) -> None: ...

class GetActiveContractResponse(_message.Message):
    __slots__ = ("symbol", "last_roll", "next_roll", "explanation", "warnings")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LAST_ROLL_FIELD_NUMBER: _ClassVar[int]
    NEXT_ROLL_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    last_roll: ScheduledRoll
    next_roll: ScheduledRoll
    explanation: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, symbol: _Optional[str] = ..., last_roll: _Optional[_Union[ScheduledRoll, _Mapping]] = ..., next_roll: _Optional[_Union[ScheduledRoll, _Mapping]] = ..., explanation: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class GetPriceLimitsRequest(_message.Message):
    __slots__ = ("root", "trade_date", "fixing", "cash_index_close", "afternoon_fixing", "afternoon_cash_index_close")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    FIXING_FIELD_NUMBER: _ClassVar[int]
    CASH_INDEX_CLOSE_FIELD_NUMBER: _ClassVar[int]
    AFTERNOON_FIXING_FIELD_NUMBER: _ClassVar[int]
    AFTERNOON_CASH_INDEX_CLOSE_FIELD_NUMBER: _ClassVar[int]
    root: str
    trade_date: str
    fixing: str
    cash_index_close: str
    afternoon_fixing: str
    afternoon_cash_index_close: str
    def __init__(self, root: _Optional[str] = ..., trade_date: _Optional[str] = ..., fixing: _Optional[str] = ..., cash_index_close: _Optional[str] = ..., afternoon_fixing: _Optional[str] = ..., afternoon_cash_index_close: _Optional[str] = ...) -> None: ...

class GetPriceLimitsResponse(_message.Message):
    __slots__ = ("limits", "warnings")
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    limits: _containers.RepeatedCompositeFieldContainer[PriceLimit]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, limits: _Optional[_Iterable[_Union[PriceLimit, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class PriceLimit(_message.Message):
    __slots__ = ("applies", "percent", "lower", "upper")
    APPLIES_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    applies: str
    percent: str
    lower: str
    upper: str
    def __init__(self, applies: _Optional[str] = ..., percent: _Optional[str] = ..., lower: _Optional[str] = ..., upper: _Optional[str] = ...) -> None: ...

class GetRollScheduleRequest(_message.Message):
    __slots__ = ("root", "to", "rule")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    rule: RollRule
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., rule: _Optional[_Union[RollRule, _Mapping]] = ..., **kwargs) -> None: ...

class GetRollScheduleResponse(_message.Message):
    __slots__ = ("rolls", "policy", "warnings")
    ROLLS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    rolls: _containers.RepeatedCompositeFieldContainer[ScheduledRoll]
    policy: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rolls: _Optional[_Iterable[_Union[ScheduledRoll, _Mapping]]] = ..., policy: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class ScheduledRoll(_message.Message):
    __slots__ = ("from_symbol", "to_symbol", "trade_date", "roll_time", "explanation")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TO_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    ROLL_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    to_symbol: str
    trade_date: str
    roll_time: _timestamp_pb2.Timestamp
    explanation: str
    def __init__(self, from_symbol: _Optional[str] = ..., to_symbol: _Optional[str] = ..., trade_date: _Optional[str] = ..., roll_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., explanation: _Optional[str] = ...) -> None: ...
