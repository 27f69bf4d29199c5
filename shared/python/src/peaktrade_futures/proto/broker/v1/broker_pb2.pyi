import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from peaktrade_futures.proto.common.v1 import execution_pb2 as _execution_pb2
from peaktrade_futures.proto.common.v1 import order_pb2 as _order_pb2
from peaktrade_futures.proto.risk.v1 import risk_pb2 as _risk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenSessionRequest(_message.Message):
    __slots__ = ("session_id", "account", "cash_usd", "dataset_id", "clock")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CASH_USD_FIELD_NUMBER: _ClassVar[int]
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    account: str
    cash_usd: str
    dataset_id: str
    clock: _timestamp_pb2.Timestamp
    def __init__(self, session_id: _Optional[str] = ..., account: _Optional[str] = ..., cash_usd: _Optional[str] = ..., dataset_id: _Optional[str] = ..., clock: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenSessionResponse(_message.Message):
    __slots__ = ("contracts", "fees_sha256", "margins_sha256", "policy_sha256")
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    FEES_SHA256_FIELD_NUMBER: _ClassVar[int]
    MARGINS_SHA256_FIELD_NUMBER: _ClassVar[int]
    POLICY_SHA256_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedScalarFieldContainer[str]
    fees_sha256: str
    margins_sha256: str
    policy_sha256: str
    def __init__(self, contracts: _Optional[_Iterable[str]] = ..., fees_sha256: _Optional[str] = ..., margins_sha256: _Optional[str] = ..., policy_sha256: _Optional[str] = ...) -> None: ...

class AdvanceClockRequest(_message.Message):
    __slots__ = ("session_id", "to")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    to: _timestamp_pb2.Timestamp
    def __init__(self, session_id: _Optional[str] = ..., to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AdvanceClockResponse(_message.Message):
    __slots__ = ("clock", "executions", "equity")
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    clock: _timestamp_pb2.Timestamp
    executions: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    equity: _containers.RepeatedCompositeFieldContainer[_order_pb2.AmountAtTime]
    def __init__(self, clock: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., executions: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ..., equity: _Optional[_Iterable[_Union[_order_pb2.AmountAtTime, _Mapping]]] = ...) -> None: ...

class SubmitOrderRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: _order_pb2.Order
    def __init__(self, order: _Optional[_Union[_order_pb2.Order, _Mapping]] = ...) -> None: ...

class SubmitOrderResponse(_message.Message):
    __slots__ = ("decision", "reasons", "executions", "is_replayed")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    IS_REPLAYED_FIELD_NUMBER: _ClassVar[int]
    decision: _risk_pb2.Decision
    reasons: _containers.RepeatedCompositeFieldContainer[_risk_pb2.BlockReason]
    executions: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    is_replayed: bool
    def __init__(self, decision: _Optional[_Union[_risk_pb2.Decision, str]] = ..., reasons: _Optional[_Iterable[_Union[_risk_pb2.BlockReason, _Mapping]]] = ..., executions: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ..., is_replayed: _Optional[bool] = ...) -> None: ...

class CancelOrderRequest(_message.Message):
    __slots__ = ("session_id", "client_order_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    client_order_id: str
    def __init__(self, session_id: _Optional[str] = ..., client_order_id: _Optional[str] = ...) -> None: ...

class CancelOrderResponse(_message.Message):
    __slots__ = ("execution",)
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    execution: _execution_pb2.ExecutionReport
    def __init__(self, execution: _Optional[_Union[_execution_pb2.ExecutionReport, _Mapping]] = ...) -> None: ...

class RollPositionRequest(_message.Message):
    __slots__ = ("session_id", "client_order_id", "from_contract", "to_contract")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_CONTRACT_FIELD_NUMBER: _ClassVar[int]
    TO_CONTRACT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    client_order_id: str
    from_contract: str
    to_contract: str
    def __init__(self, session_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., from_contract: _Optional[str] = ..., to_contract: _Optional[str] = ...) -> None: ...

class RollPositionResponse(_message.Message):
    __slots__ = ("executions", "reasons", "quantity", "is_replayed")
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    IS_REPLAYED_FIELD_NUMBER: _ClassVar[int]
    executions: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    reasons: _containers.RepeatedCompositeFieldContainer[_risk_pb2.BlockReason]
    quantity: int
    is_replayed: bool
    def __init__(self, executions: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ..., reasons: _Optional[_Iterable[_Union[_risk_pb2.BlockReason, _Mapping]]] = ..., quantity: _Optional[int] = ..., is_replayed: _Optional[bool] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("session_id", "client_order_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    client_order_id: str
    def __init__(self, session_id: _Optional[str] = ..., client_order_id: _Optional[str] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("order", "execution")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    order: _order_pb2.Order
    execution: _execution_pb2.ExecutionReport
    def __init__(self, order: _Optional[_Union[_order_pb2.Order, _Mapping]] = ..., execution: _Optional[_Union[_execution_pb2.ExecutionReport, _Mapping]] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetAccountResponse(_message.Message):
    __slots__ = ("account", "clock", "cash_usd", "realized_usd", "unrealized_usd", "fees_usd", "equity_usd", "initial_margin_usd", "positions", "working_orders", "report_sequence")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    CASH_USD_FIELD_NUMBER: _ClassVar[int]
    REALIZED_USD_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_USD_FIELD_NUMBER: _ClassVar[int]
    FEES_USD_FIELD_NUMBER: _ClassVar[int]
    EQUITY_USD_FIELD_NUMBER: _ClassVar[int]
    INITIAL_MARGIN_USD_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    WORKING_ORDERS_FIELD_NUMBER: _ClassVar[int]
    REPORT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account: str
    clock: _timestamp_pb2.Timestamp
    cash_usd: str
    realized_usd: str
    unrealized_usd: str
    fees_usd: str
    equity_usd: str
    initial_margin_usd: str
    positions: _containers.RepeatedCompositeFieldContainer[AccountPosition]
    working_orders: int
    report_sequence: int
    def __init__(self, account: _Optional[str] = ..., clock: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cash_usd: _Optional[str] = ..., realized_usd: _Optional[str] = ..., unrealized_usd: _Optional[str] = ..., fees_usd: _Optional[str] = ..., equity_usd: _Optional[str] = ..., initial_margin_usd: _Optional[str] = ..., positions: _Optional[_Iterable[_Union[AccountPosition, _Mapping]]] = ..., working_orders: _Optional[int] = ..., report_sequence: _Optional[int] = ...) -> None: ...

class AccountPosition(_message.Message):
    __slots__ = ("contract", "quantity", "avg_px", "mark")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVG_PX_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    contract: str
    quantity: int
    avg_px: str
    mark: str
    def __init__(self, contract: _Optional[str] = ..., quantity: _Optional[int] = ..., avg_px: _Optional[str] = ..., mark: _Optional[str] = ...) -> None: ...

class ListExecutionsRequest(_message.Message):
    __slots__ = ("session_id", "from_sequence")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    from_sequence: int
    def __init__(self, session_id: _Optional[str] = ..., from_sequence: _Optional[int] = ...) -> None: ...

class ListExecutionsResponse(_message.Message):
    __slots__ = ("executions",)
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    executions: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    def __init__(self, executions: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ...) -> None: ...

class CloseSessionRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class CloseSessionResponse(_message.Message):
    __slots__ = ("executions",)
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    executions: _containers.RepeatedCompositeFieldContainer[_execution_pb2.ExecutionReport]
    def __init__(self, executions: _Optional[_Iterable[_Union[_execution_pb2.ExecutionReport, _Mapping]]] = ...) -> None: ...
