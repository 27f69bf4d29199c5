import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SpreadCandidate(_message.Message):
    __slots__ = ("method", "spread", "from_price", "from_time", "to_price", "to_time", "from_volume", "to_volume", "stale_session_minutes", "is_applied", "problem", "oldest_time", "oldest_session_minutes")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    FROM_PRICE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_PRICE_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    FROM_VOLUME_FIELD_NUMBER: _ClassVar[int]
    TO_VOLUME_FIELD_NUMBER: _ClassVar[int]
    STALE_SESSION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    IS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    OLDEST_TIME_FIELD_NUMBER: _ClassVar[int]
    OLDEST_SESSION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    method: str
    spread: str
    from_price: str
    from_time: _timestamp_pb2.Timestamp
    to_price: str
    to_time: _timestamp_pb2.Timestamp
    from_volume: int
    to_volume: int
    stale_session_minutes: int
    is_applied: bool
    problem: str
    oldest_time: _timestamp_pb2.Timestamp
    oldest_session_minutes: int
    def __init__(self, method: _Optional[str] = ..., spread: _Optional[str] = ..., from_price: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_price: _Optional[str] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., from_volume: _Optional[int] = ..., to_volume: _Optional[int] = ..., stale_session_minutes: _Optional[int] = ..., is_applied: _Optional[bool] = ..., problem: _Optional[str] = ..., oldest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., oldest_session_minutes: _Optional[int] = ...) -> None: ...

class RollDecision(_message.Message):
    __slots__ = ("by", "decided_on", "days")
    BY_FIELD_NUMBER: _ClassVar[int]
    DECIDED_ON_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    by: str
    decided_on: str
    days: _containers.RepeatedCompositeFieldContainer[ComparedDay]
    def __init__(self, by: _Optional[str] = ..., decided_on: _Optional[str] = ..., days: _Optional[_Iterable[_Union[ComparedDay, _Mapping]]] = ...) -> None: ...

class ComparedDay(_message.Message):
    __slots__ = ("trade_date", "from_contracts", "to_contracts", "known_at")
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    FROM_CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    TO_CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    trade_date: str
    from_contracts: int
    to_contracts: int
    known_at: _timestamp_pb2.Timestamp
    def __init__(self, trade_date: _Optional[str] = ..., from_contracts: _Optional[int] = ..., to_contracts: _Optional[int] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
