"""Thin Python client of the offline CME futures stack: bars over Arrow Flight, everything else over gRPC.

It does not know a market rule, never listens, and connects to nothing but the addresses it is given.
"""

from .proto.common.v1.execution_pb2 import ExecType, ExecutionReport, OrdStatus
from .proto.common.v1.order_pb2 import Order, OrderType, Side, TimeInForce
from .proto.risk.v1.risk_pb2 import Decision, Reason
from .stack import Endpoints, Stack

__all__ = [
    "Decision",
    "Endpoints",
    "ExecType",
    "ExecutionReport",
    "OrdStatus",
    "Order",
    "OrderType",
    "Reason",
    "Side",
    "Stack",
    "TimeInForce",
]
