import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from peaktrade_futures.proto.common.v1 import order_pb2 as _order_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExecType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXEC_TYPE_UNSPECIFIED: _ClassVar[ExecType]
    EXEC_TYPE_NEW: _ClassVar[ExecType]
    EXEC_TYPE_CANCELED: _ClassVar[ExecType]
    EXEC_TYPE_REJECTED: _ClassVar[ExecType]
    EXEC_TYPE_EXPIRED: _ClassVar[ExecType]
    EXEC_TYPE_TRADE: _ClassVar[ExecType]

class OrdStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORD_STATUS_UNSPECIFIED: _ClassVar[OrdStatus]
    ORD_STATUS_NEW: _ClassVar[OrdStatus]
    ORD_STATUS_PARTIALLY_FILLED: _ClassVar[OrdStatus]
    ORD_STATUS_FILLED: _ClassVar[OrdStatus]
    ORD_STATUS_CANCELED: _ClassVar[OrdStatus]
    ORD_STATUS_REJECTED: _ClassVar[OrdStatus]
    ORD_STATUS_EXPIRED: _ClassVar[OrdStatus]
EXEC_TYPE_UNSPECIFIED: ExecType
EXEC_TYPE_NEW: ExecType
EXEC_TYPE_CANCELED: ExecType
EXEC_TYPE_REJECTED: ExecType
EXEC_TYPE_EXPIRED: ExecType
EXEC_TYPE_TRADE: ExecType
ORD_STATUS_UNSPECIFIED: OrdStatus
ORD_STATUS_NEW: OrdStatus
ORD_STATUS_PARTIALLY_FILLED: OrdStatus
ORD_STATUS_FILLED: OrdStatus
ORD_STATUS_CANCELED: OrdStatus
ORD_STATUS_REJECTED: OrdStatus
ORD_STATUS_EXPIRED: OrdStatus

class ExecutionReport(_message.Message):
    __slots__ = ("sequence", "session_id", "account", "client_order_id", "order_id", "exec_type", "ord_status", "contract", "side", "order_qty", "last_qty", "last_px", "leaves_qty", "cum_qty", "avg_px", "fee_usd", "fill_rule", "event_time", "trade_date", "text", "roll_id")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_TYPE_FIELD_NUMBER: _ClassVar[int]
    ORD_STATUS_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    LEAVES_QTY_FIELD_NUMBER: _ClassVar[int]
    CUM_QTY_FIELD_NUMBER: _ClassVar[int]
    AVG_PX_FIELD_NUMBER: _ClassVar[int]
    FEE_USD_FIELD_NUMBER: _ClassVar[int]
    FILL_RULE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ROLL_ID_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    session_id: str
    account: str
    client_order_id: str
    order_id: int
    exec_type: ExecType
    ord_status: OrdStatus
    contract: str
    side: _order_pb2.Side
    order_qty: int
    last_qty: int
    last_px: str
    leaves_qty: int
    cum_qty: int
    avg_px: str
    fee_usd: str
    fill_rule: str
    event_time: _timestamp_pb2.Timestamp
    trade_date: str
    text: str
    roll_id: str
    def __init__(self, sequence: _Optional[int] = ..., session_id: _Optional[str] = ..., account: _Optional[str] = ..., client_order_id: _Optional[str] = ..., order_id: _Optional[int] = ..., exec_type: _Optional[_Union[ExecType, str]] = ..., ord_status: _Optional[_Union[OrdStatus, str]] = ..., contract: _Optional[str] = ..., side: _Optional[_Union[_order_pb2.Side, str]] = ..., order_qty: _Optional[int] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[str] = ..., leaves_qty: _Optional[int] = ..., cum_qty: _Optional[int] = ..., avg_px: _Optional[str] = ..., fee_usd: _Optional[str] = ..., fill_rule: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trade_date: _Optional[str] = ..., text: _Optional[str] = ..., roll_id: _Optional[str] = ...) -> None: ...
