"""A service that accepts and then says nothing must not hang its caller."""

from __future__ import annotations

import socket
import time

import grpc
import pyarrow.flight as flight
import pytest

from peaktrade_futures import Endpoints, Side, Stack

DEADLINE_SECONDS = 0.5
# The deadline plus what a busy machine needs to notice it.
RETURN_SECONDS_MAX = 5.0


def test_every_call_ends_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "{}:{}".format(*silent.getsockname())
        with Stack(Endpoints(address, address, address, address), DEADLINE_SECONDS) as stack:
            start = time.monotonic()
            with pytest.raises(grpc.RpcError) as refused:
                stack.submit_order("s", "demo", "1", "NQM2026", Side.SIDE_BUY, 1)
            assert refused.value.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
            with pytest.raises((flight.FlightTimedOutError, flight.FlightUnavailableError)):
                stack.bars("continuous", "NQ", "1m", "BACK_ADJUST")
            assert time.monotonic() - start < RETURN_SECONDS_MAX
