"""One object for the four services."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

import grpc
import pyarrow as pa
import pyarrow.flight as flight

from .deadline import DefaultDeadline
from .proto.broker.v1 import broker_pb2, broker_pb2_grpc
from .proto.calendar.v1 import calendar_pb2_grpc
from .proto.common.v1 import order_pb2
from .proto.dataset.v1 import dataset_pb2_grpc
from .proto.risk.v1 import risk_pb2_grpc

# Bars of one year arrive in well under a second; a build over decades is the slowest call there is.
DEADLINE_SECONDS = 60.0
# What grpcio allows by default, said aloud: the services keep every message below it.
MESSAGE_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True)
class Endpoints:
    """Where the services listen, as `host:port`. The defaults are those of `peakctl up` and of the compose stack."""

    calendar: str = "127.0.0.1:9121"
    dataset: str = "127.0.0.1:9122"
    risk_gate: str = "127.0.0.1:9123"
    paper_broker: str = "127.0.0.1:9124"


class Stack:
    """Connections to the four services; use it as a context manager, or call :meth:`close`.

    `calendar`, `dataset`, `risk_gate` and `paper_broker` are the generated stubs. Every call has a deadline:
    `deadline_seconds` unless the call names its own `timeout`.
    """

    def __init__(self, endpoints: Endpoints = Endpoints(), deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline_seconds = deadline_seconds
        self._channels: list[grpc.Channel] = []
        self.calendar = calendar_pb2_grpc.CalendarServiceStub(self._channel(endpoints.calendar))
        self.dataset = dataset_pb2_grpc.DatasetServiceStub(self._channel(endpoints.dataset))
        self.risk_gate = risk_pb2_grpc.RiskGateServiceStub(self._channel(endpoints.risk_gate))
        self.paper_broker = broker_pb2_grpc.PaperBrokerServiceStub(self._channel(endpoints.paper_broker))
        self.flight = flight.connect(f"grpc://{endpoints.dataset}")

    def bars(
        self,
        *path: str,
        start: datetime.datetime | None = None,
        end: datetime.datetime | None = None,
        columns: Sequence[str] = (),
    ) -> pa.Table:
        """Bars named by a path, as an Arrow table whose `to_pandas()` has a UTC index named `timestamp`.

        Paths, of series that were built and contracts that were imported:

        - `"continuous", "NQ", "1m", "BACK_ADJUST"`: also 5m, 15m, 30m, 1h and 1d; NONE, RATIO_ADJUST, FORWARD_ADJUST and
          FORWARD_RATIO_ADJUST.
        - `"contract", "NQH2026", "1m"`: minutes as traded.
        - `"rolls", "NQ"`: the roll table of the back-adjusted minutes, a row for each roll, whole and without an index.

        A last element starting with `@` pins a dataset (`"@sha256:..."`) or, of a continuous series, an instant from
        which it is seen (`"@asof:2026-06-16T15:00:00Z"`). Without a dataset the newest ordinary build under the standard
        policy answers: full sessions, the front contract, prices not snapped, rolls and spreads by default. Every other
        build is reached by its dataset alone.

        `start` is inclusive, `end` exclusive; both need a time zone. `columns` are further ones beside the bar's own:
        `contract`, `trade_date`, `segment`. Example: `stack.bars("continuous", "NQ", "1d", "NONE",
        columns=["contract", "trade_date"])`.
        """
        options = flight.FlightCallOptions(timeout=self._deadline_seconds)
        found = self.flight.get_flight_info(_descriptor(path, start, end, columns), options)
        tables = [self.flight.do_get(endpoint.ticket, options).read_all() for endpoint in found.endpoints]
        return pa.concat_tables(tables) if tables else found.schema.empty_table()

    def submit_order(
        self,
        session_id: str,
        account: str,
        client_order_id: str,
        contract: str,
        side: order_pb2.Side,
        quantity: int,
    ) -> broker_pb2.SubmitOrderResponse:
        """Submits one market order for the day; the answer comes after it is on disk.

        The same `client_order_id` with the same order returns the first answer, so a call that failed may be repeated.
        """
        order = order_pb2.Order(
            session_id=session_id,
            account=account,
            client_order_id=client_order_id,
            contract=contract,
            side=side,
            quantity=quantity,
            order_type=order_pb2.OrderType.ORDER_TYPE_MARKET,
            time_in_force=order_pb2.TimeInForce.TIME_IN_FORCE_DAY,
        )
        return self.paper_broker.SubmitOrder(broker_pb2.SubmitOrderRequest(order=order))

    def close(self) -> None:
        """Closes every connection."""
        self.flight.close()
        for channel in self._channels:
            channel.close()

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _channel(self, address: str) -> grpc.Channel:
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
        plain = grpc.insecure_channel(address, options)
        self._channels.append(plain)
        return grpc.intercept_channel(plain, DefaultDeadline(self._deadline_seconds))


def _descriptor(
    path: tuple[str, ...],
    start: datetime.datetime | None,
    end: datetime.datetime | None,
    columns: Sequence[str],
) -> flight.FlightDescriptor:
    if start is None and end is None and not columns:
        return flight.FlightDescriptor.for_path(*path)
    query: dict[str, object] = {"path": list(path)}
    for name, instant in (("start", start), ("end", end)):
        if instant is not None:
            query[name] = _rfc3339(name, instant)
    if columns:
        query["extra_columns"] = list(columns)
    return flight.FlightDescriptor.for_command(json.dumps(query).encode())


def _rfc3339(name: str, instant: datetime.datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError(f"{name} {instant.isoformat()} has no time zone")
    return instant.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
