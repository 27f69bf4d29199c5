"""Larger bars, regular hours and further columns, against a resample done here with pandas."""

from __future__ import annotations

import json
import pathlib

import pandas as pd
import pytest
from conftest import RunningStack

from peaktrade_futures import Endpoints, Stack

# Five regular trade dates, the Monday's evening included: 17:00 Chicago of the Sunday to 16:00 of the Friday.
WEEK = pd.Timestamp("2025-03-23 17:00", tz="America/Chicago"), pd.Timestamp("2025-03-28 16:00", tz="America/Chicago")
RULES = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
PANDAS_SIZES = {"5m": "5min", "15m": "15min", "30m": "30min", "1h": "1h", "1d": "24h"}


@pytest.fixture(scope="module")
def client(stack: RunningStack, real_files: list[pathlib.Path]):
    run = stack.peakctl("import", "--format", "ninjatrader", "--root", "NQ", "--json", *map(str, real_files))
    assert run.returncode == 0, run.stderr
    with Stack(Endpoints(dataset=stack.addresses["dataset"])) as connected:
        yield connected


def build(stack: RunningStack, *flags: str) -> dict:
    run = stack.peakctl("build", "--root", "NQ", "--json", *flags)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def week(client: Stack, bar: str, method: str, dataset_id: str) -> pd.DataFrame:
    start, end = (instant.to_pydatetime() for instant in WEEK)
    path = ("continuous", "NQ", bar, method, f"@{dataset_id}")
    return client.bars(*path, start=start, end=end).to_pandas()


def resample(minutes: pd.DataFrame, size: str, offset: str) -> pd.DataFrame:
    local = minutes.tz_convert("America/Chicago")
    bars = local.resample(size, offset=offset, label="left", closed="left").agg(RULES)
    return bars[bars["open"].notna()].tz_convert("UTC").astype({"volume": "int64"})


@pytest.mark.parametrize("method", ["BACK_ADJUST", "RATIO_ADJUST"])
def test_a_week_of_larger_bars_equals_a_resample(stack: RunningStack, client: Stack, method: str) -> None:
    of_minutes = build(stack, "--bar", "1m", "--method", method)
    minutes = week(client, "1m", method, of_minutes["dataset_id"])
    # Five sessions of 1,380 minutes; nothing was traded in two of them.
    assert len(minutes) == 5 * 1_380 - 2
    for bar, size in PANDAS_SIZES.items():
        built = build(stack, "--bar", bar, "--method", method)
        expected = resample(minutes, size, "17h")
        found = week(client, bar, method, built["dataset_id"])
        # Indexes that come by different ways differ in unit and zone object only.
        pd.testing.assert_frame_equal(found, expected, check_freq=False, check_index_type=False, check_exact=True)


def test_regular_hours_are_counted_from_their_own_open(stack: RunningStack, client: Stack) -> None:
    of_minutes = build(stack, "--bar", "1m", "--method", "NONE")
    minutes = week(client, "1m", "NONE", of_minutes["dataset_id"]).tz_convert("America/Chicago")
    regular = minutes.between_time("08:30", "15:00", inclusive="left")
    built = build(stack, "--bar", "1h", "--method", "NONE", "--session", "rth")
    found = week(client, "1h", "NONE", built["dataset_id"])
    expected = resample(regular, "1h", "30min")
    pd.testing.assert_frame_equal(found, expected, check_freq=False, check_index_type=False, check_exact=True)
    assert len(found) == 5 * 7, "six full hours and the half from 14:30 on"


def test_bars_say_their_contract_trade_date_and_segment(stack: RunningStack, client: Stack) -> None:
    built = build(stack, "--bar", "1d", "--method", "NONE")
    path = ("continuous", "NQ", "1d", "NONE", f"@{built['dataset_id']}")
    frame = client.bars(*path, columns=["contract", "trade_date", "segment"]).to_pandas()
    assert list(frame.columns) == ["open", "high", "low", "close", "volume", "contract", "trade_date", "segment"]
    by_contract = frame.groupby("segment")["contract"].unique().map(list).to_dict()
    assert by_contract == {0: ["NQH2025"], 1: ["NQM2025"]}
    # A trade date is the day on which its session ends; the session of 2025-03-17 began on the Sunday before.
    monday = frame[frame["trade_date"].astype(str) == "2025-03-17"]
    assert list(monday.index) == [pd.Timestamp("2025-03-16T22:00:00Z")]
    assert frame["trade_date"].is_unique

    listed = stack.peakctl("bars", "/".join(path), "--columns", "contract,trade_date", "--limit", "1")
    assert listed.returncode == 0, listed.stderr
    header, row = listed.stdout.splitlines()
    assert header == "timestamp,open,high,low,close,volume,contract,trade_date"
    first = frame.iloc[0]
    assert row.endswith(f",{first['volume']},NQH2025,{first['trade_date']}")
