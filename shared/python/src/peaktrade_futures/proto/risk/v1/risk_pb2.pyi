import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from peaktrade_futures.proto.common.v1 import execution_pb2 as _execution_pb2
from peaktrade_futures.proto.common.v1 import order_pb2 as _order_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_UNSPECIFIED: _ClassVar[Decision]
    DECISION_ALLOW: _ClassVar[Decision]
    DECISION_BLOCK: _ClassVar[Decision]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_INSTRUMENT_NOT_ALLOWED: _ClassVar[Reason]
    REASON_CONTRACT_EXPIRED: _ClassVar[Reason]
    REASON_SESSION_CLOSED: _ClassVar[Reason]
    REASON_CALENDAR_UNKNOWN: _ClassVar[Reason]
    REASON_MAX_ORDER_QTY: _ClassVar[Reason]
    REASON_MAX_CONTRACTS: _ClassVar[Reason]
    REASON_DAILY_LOSS: _ClassVar[Reason]
    REASON_KILL_SWITCH: _ClassVar[Reason]
    REASON_NO_MARK: _ClassVar[Reason]
    REASON_STALE_MARK: _ClassVar[Reason]
    REASON_SESSION_UNKNOWN: _ClassVar[Reason]
    REASON_ACCOUNT_UNKNOWN: _ClassVar[Reason]
    REASON_STATE_GAP: _ClassVar[Reason]
    REASON_DUPLICATE_ORDER: _ClassVar[Reason]
    REASON_TIME_REVERSED: _ClassVar[Reason]
    REASON_OVERFLOW: _ClassVar[Reason]
    REASON_AUDIT_UNAVAILABLE: _ClassVar[Reason]
    REASON_INTERNAL: _ClassVar[Reason]
    REASON_LIMIT_MISSING: _ClassVar[Reason]
DECISION_UNSPECIFIED: Decision
DECISION_ALLOW: Decision
DECISION_BLOCK: Decision
REASON_UNSPECIFIED: Reason
REASON_INSTRUMENT_NOT_ALLOWED: Reason
REASON_CONTRACT_EXPIRED: Reason
REASON_SESSION_CLOSED: Reason
REASON_CALENDAR_UNKNOWN: Reason
REASON_MAX_ORDER_QTY: Reason
REASON_MAX_CONTRACTS: Reason
REASON_DAILY_LOSS: Reason
REASON_KILL_SWITCH: Reason
REASON_NO_MARK: Reason
REASON_STALE_MARK: Reason
REASON_SESSION_UNKNOWN: Reason
REASON_ACCOUNT_UNKNOWN: Reason
REASON_STATE_GAP: Reason
REASON_DUPLICATE_ORDER: Reason
REASON_TIME_REVERSED: Reason
REASON_OVERFLOW: Reason
REASON_AUDIT_UNAVAILABLE: Reason
REASON_INTERNAL: Reason
REASON_LIMIT_MISSING: Reason

class OpenSessionRequest(_message.Message):
    __slots__ = ("session_id", "account", "event_time")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    account: str
    event_time: _timestamp_pb2.Timestamp
    def __init__(self, session_id: _Optional[str] = ..., account: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenSessionResponse(_message.Message):
    __slots__ = ("policy_sha256",)
    POLICY_SHA256_FIELD_NUMBER: _ClassVar[int]
    policy_sha256: str
    def __init__(self, policy_sha256: _Optional[str] = ...) -> None: ...

class CheckOrderRequest(_message.Message):
    __slots__ = ("order", "event_time", "marks", "report_sequence")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    MARKS_FIELD_NUMBER: _ClassVar[int]
    REPORT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    order: _order_pb2.Order
    event_time: _timestamp_pb2.Timestamp
    marks: _containers.RepeatedCompositeFieldContainer[_order_pb2.Mark]
    report_sequence: int
    def __init__(self, order: _Optional[_Union[_order_pb2.Order, _Mapping]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., marks: _Optional[_Iterable[_Union[_order_pb2.Mark, _Mapping]]] = ..., report_sequence: _Optional[int] = ...) -> None: ...

class CheckOrderResponse(_message.Message):
    __slots__ = ("decision", "reasons", "permit", "decision_sequence", "is_replayed")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    DECISION_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    IS_REPLAYED_FIELD_NUMBER: _ClassVar[int]
    decision: Decision
    reasons: _containers.RepeatedCompositeFieldContainer[BlockReason]
    permit: Permit
    decision_sequence: int
    is_replayed: bool
    def __init__(self, decision: _Optional[_Union[Decision, str]] = ..., reasons: _Optional[_Iterable[_Union[BlockReason, _Mapping]]] = ..., permit: _Optional[_Union[Permit, _Mapping]] = ..., decision_sequence: _Optional[int] = ..., is_replayed: _Optional[bool] = ...) -> None: ...

class BlockReason(_message.Message):
    __slots__ = ("reason", "detail")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    reason: Reason
    detail: str
    def __init__(self, reason: _Optional[_Union[Reason, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class Permit(_message.Message):
    __slots__ = ("order_sha256", "policy_sha256", "decision_sequence", "expires_at", "signature")
    ORDER_SHA256_FIELD_NUMBER: _ClassVar[int]
    POLICY_SHA256_FIELD_NUMBER: _ClassVar[int]
    DECISION_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    order_sha256: bytes
    policy_sha256: bytes
    decision_sequence: int
    expires_at: _timestamp_pb2.Timestamp
    signature: bytes
    def __init__(self, order_sha256: _Optional[bytes] = ..., policy_sha256: _Optional[bytes] = ..., decision_sequence: _Optional[int] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signature: _Optional[bytes] = ...) -> None: ...

class ReportExecutionsRequest(_message.Message):
    __slots__ = ("session_id", "reports")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    reports: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    def __init__(self, session_id: _Optional[str] = ..., reports: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ...) -> None: ...

class ReportExecutionsResponse(_message.Message):
    __slots__ = ("last_sequence",)
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    last_sequence: int
    def __init__(self, last_sequence: _Optional[int] = ...) -> None: ...

class EngageKillSwitchRequest(_message.Message):
    __slots__ = ("operator", "reason")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    operator: str
    reason: str
    def __init__(self, operator: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EngageKillSwitchResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReleaseKillSwitchRequest(_message.Message):
    __slots__ = ("operator", "reason", "token")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    operator: str
    reason: str
    token: str
    def __init__(self, operator: _Optional[str] = ..., reason: _Optional[str] = ..., token: _Optional[str] = ...) -> None: ...

class ReleaseKillSwitchResponse(_message.Message):
    __slots__ = ("token", "is_engaged")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    IS_ENGAGED_FIELD_NUMBER: _ClassVar[int]
    token: str
    is_engaged: bool
    def __init__(self, token: _Optional[str] = ..., is_engaged: _Optional[bool] = ...) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("is_kill_switch_engaged", "positions", "working_buys", "working_sells", "realized_usd", "fees_usd", "is_daily_loss_latched", "report_sequence", "decision_sequence", "state_sha256")
    IS_KILL_SWITCH_ENGAGED_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    WORKING_BUYS_FIELD_NUMBER: _ClassVar[int]
    WORKING_SELLS_FIELD_NUMBER: _ClassVar[int]
    REALIZED_USD_FIELD_NUMBER: _ClassVar[int]
    FEES_USD_FIELD_NUMBER: _ClassVar[int]
    IS_DAILY_LOSS_LATCHED_FIELD_NUMBER: _ClassVar[int]
    REPORT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DECISION_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STATE_SHA256_FIELD_NUMBER: _ClassVar[int]
    is_kill_switch_engaged: bool
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    working_buys: str
    working_sells: str
    realized_usd: str
    fees_usd: str
    is_daily_loss_latched: bool
    report_sequence: int
    decision_sequence: int
    state_sha256: str
    def __init__(self, is_kill_switch_engaged: _Optional[bool] = ..., positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ..., working_buys: _Optional[str] = ..., working_sells: _Optional[str] = ..., realized_usd: _Optional[str] = ..., fees_usd: _Optional[str] = ..., is_daily_loss_latched: _Optional[bool] = ..., report_sequence: _Optional[int] = ..., decision_sequence: _Optional[int] = ..., state_sha256: _Optional[str] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("contract", "quantity")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    contract: str
    quantity: int
    def __init__(self, contract: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class GetPolicyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("policy_sha256", "content", "public_key")
    POLICY_SHA256_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    policy_sha256: str
    content: str
    public_key: bytes
    def __init__(self, policy_sha256: _Optional[str] = ..., content: _Optional[str] = ..., public_key: _Optional[bytes] = ...) -> None: ...
