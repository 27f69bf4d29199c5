"""The pip-installable client against the real services, on the demo market."""

from __future__ import annotations

import datetime
import filecmp
import importlib.util
import json
import pathlib
import sys

import grpc
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.flight
import pytest
from conftest import ROOT, RunningStack

from peaktrade_futures import Decision, Endpoints, OrdStatus, Reason, Side, Stack
from peaktrade_futures.proto.broker.v1 import broker_pb2
from peaktrade_futures.proto.dataset.v1 import dataset_pb2

SERIES = ("continuous", "NQ", "1m", "BACK_ADJUST")
COLUMNS = ["open", "high", "low", "close", "volume"]


@pytest.fixture(scope="module")
def client(stack: RunningStack):
    endpoints = Endpoints(
        calendar=stack.addresses["calendar"],
        dataset=stack.addresses["dataset"],
        risk_gate=stack.addresses["risk-gate"],
        paper_broker=stack.addresses["paper-broker"],
    )
    with Stack(endpoints) as connected:
        yield connected


@pytest.fixture(scope="module")
def demo(stack: RunningStack) -> dict:
    """The demo, run through the four processes."""
    run = stack.peakctl("demo", "--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def dataset(client: Stack, demo: dict) -> dataset_pb2.Dataset:
    return client.dataset.GetDataset(dataset_pb2.GetDatasetRequest(dataset_id=demo["dataset_id"])).dataset


def test_a_series_arrives_as_a_frame_with_a_utc_index(client: Stack, dataset: dataset_pb2.Dataset) -> None:
    table = client.bars(*SERIES, f"@{dataset.dataset_id}")
    assert table.schema.field("timestamp").type == pa.timestamp("ns", tz="UTC")
    frame = table.to_pandas()
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert (frame.index.name, str(frame.index.tz)) == ("timestamp", "UTC")
    assert list(frame.columns) == COLUMNS
    assert frame.index.is_monotonic_increasing and frame.index.is_unique
    assert len(frame) == dataset.rows_out
    assert (frame["high"] >= frame[["open", "close"]].max(axis=1)).all()
    assert (frame["low"] <= frame[["open", "close"]].min(axis=1)).all()
    assert ((frame[COLUMNS[:4]] * 4) % 1 == 0).all(axis=None), "a back-adjusted price stays on the grid"
    assert frame["volume"].dtype == "int64"
    assert pl.from_arrow(table).height == len(frame)


def test_a_slice_is_half_open_and_the_same_ticket_gives_the_same_bytes(
    client: Stack, dataset: dataset_pb2.Dataset
) -> None:
    path = (*SERIES, f"@{dataset.dataset_id}")
    whole = client.bars(*path).to_pandas()
    start, end = whole.index[100], whole.index[400]
    part = client.bars(*path, start=start.to_pydatetime(), end=end.to_pydatetime()).to_pandas()
    pd.testing.assert_frame_equal(part, whole.iloc[100:400])
    found = client.flight.get_flight_info(pyarrow.flight.FlightDescriptor.for_path(*path))
    ticket = found.endpoints[0].ticket
    assert client.flight.do_get(ticket).read_all().equals(client.flight.do_get(ticket).read_all())
    assert found.total_records == len(whole)


def test_an_instant_without_a_zone_is_refused_before_anything_is_asked(client: Stack) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        client.bars(*SERIES, start=datetime.datetime(2026, 1, 5))


@pytest.mark.parametrize(
    "path",
    [
        ("continuous", "ES", "1m", "BACK_ADJUST"),
        ("continuous", "NQ", "7m", "BACK_ADJUST"),
        ("continuous", "NQ", "1m", "BLENDED"),
        ("continuous", "NQ", "1m", "BACK_ADJUST", "@sha256:" + "0" * 64),
        ("contract", "NQ", "1m"),
        ("../../etc/passwd",),
        ("",),
    ],
)
def test_what_is_not_there_is_refused_by_name(client: Stack, dataset: dataset_pb2.Dataset, path: tuple) -> None:
    with pytest.raises((pa.ArrowException, KeyError, ValueError, NotImplementedError)) as refused:
        client.bars(*path)
    assert "panic" not in str(refused.value)


def test_an_order_fills_and_a_foreign_root_is_blocked(client: Stack, dataset: dataset_pb2.Dataset) -> None:
    contract = dataset.contracts[0]
    raw = client.bars("contract", contract, "1m").to_pandas()
    # A bar with its successor a minute later, well inside the contract's stored life.
    clock = next(t for t in raw.index[500:] if raw.loc[t, "volume"] >= 100)
    request = broker_pb2.OpenSessionRequest(
        session_id="python", account="demo", cash_usd="1000000", dataset_id=dataset.dataset_id
    )
    request.clock.FromDatetime(clock.to_pydatetime())
    client.paper_broker.OpenSession(request)

    answer = client.submit_order("python", "demo", "buy-1", contract, Side.SIDE_BUY, 1)
    assert answer.decision == Decision.DECISION_ALLOW, answer
    fill = answer.executions[-1]
    assert fill.ord_status == OrdStatus.ORD_STATUS_FILLED
    bar = raw.loc[clock]
    assert float(fill.last_px) == min(bar["open"] + 0.25, bar["high"]), "the open of the bar at the clock, one tick worse"

    again = client.submit_order("python", "demo", "buy-1", contract, Side.SIDE_BUY, 1)
    assert again.is_replayed and list(again.executions) == list(answer.executions)
    with pytest.raises(grpc.RpcError) as refused:
        client.submit_order("python", "demo", "buy-1", contract, Side.SIDE_BUY, 2)
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS

    blocked = client.submit_order("python", "demo", "es-1", "ESM2026", Side.SIDE_BUY, 1)
    assert blocked.decision == Decision.DECISION_BLOCK
    assert blocked.reasons[0].reason == Reason.REASON_INSTRUMENT_NOT_ALLOWED
    assert blocked.executions[-1].ord_status == OrdStatus.ORD_STATUS_REJECTED


def test_the_committed_stubs_are_what_the_protos_give(tmp_path: pathlib.Path) -> None:
    package = ROOT / "shared" / "python"
    spec = importlib.util.spec_from_file_location("generate_stubs", package / "generate_stubs.py")
    generator = importlib.util.module_from_spec(spec)
    sys.modules["generate_stubs"] = generator
    spec.loader.exec_module(generator)
    generator.generate(tmp_path / "proto")
    committed = package / "src" / "peaktrade_futures" / "proto"

    def files(folder: pathlib.Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*.py*") if "__pycache__" not in path.parts}

    assert files(tmp_path / "proto") == files(committed)
    differing = [name for name in files(committed) if not filecmp.cmp(tmp_path / "proto" / name, committed / name, False)]
    assert differing == [], "run shared/python/generate_stubs.py"
