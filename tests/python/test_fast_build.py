"""Builds from file to file: the fast way and the general way give one series; sessions and digests by flag."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from conftest import RunningStack

OHLCV = ["open", "high", "low", "close", "volume"]
#: Two sessions of the old contract and two of the new one, in minutes of open market.
SESSIONS = {"NQH2026": ["2026-03-11T22:00", "2026-03-12T22:00"], "NQM2026": ["2026-03-12T22:00", "2026-03-15T22:00"]}


def made(starts: list[str], first_close: float) -> pd.DataFrame:
    """23 hours of minute bars from each start on, on the grid of quarter points."""
    index = pd.DatetimeIndex(
        np.concatenate([pd.date_range(start, periods=23 * 60, freq="min").to_numpy() for start in starts]),
        name="timestamp",
    ).tz_localize("UTC")
    close = first_close + 0.25 * (np.arange(len(index)) * 7 % 40)
    return pd.DataFrame(
        {"open": close, "high": close + 0.5, "low": close - 0.25, "close": close, "volume": 3.0}, index=index
    )


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    for symbol, starts in SESSIONS.items():
        frame = made(starts, 20_000.0 if symbol == "NQH2026" else 20_200.0)
        frame.index = frame.index.as_unit("ns")
        frame.to_parquet(tmp_path / f"{symbol}.parquet")
    segments = [
        {"contract_symbol": "NQH2026", "start_ts": "2026-03-11T22:00:00Z", "end_ts": "2026-03-13T20:59:00Z"},
        {"contract_symbol": "NQM2026", "start_ts": "2026-03-15T22:00:00Z", "end_ts": "2026-03-16T20:59:00Z"},
    ]
    (tmp_path / "segments.json").write_text(json.dumps(segments))
    return tmp_path


def build(stack: RunningStack, folder: pathlib.Path, output: str, *flags: str):
    files = ["--input-dir", str(folder), "--segments-json", str(folder / "segments.json")]
    target = ["--output-parquet", str(folder / output), "--adjustment", "BACK_ADJUST"]
    return stack.peakctl("build", "--compat", "peak_trade", *files, *target, *flags)


def test_both_ways_give_one_series(stack: RunningStack, folder: pathlib.Path) -> None:
    fast = build(stack, folder, "fast.parquet")
    assert fast.returncode == 0, fast.stderr
    # A further column is not for the fast way; the five columns and their digest stay what they are.
    path = folder / "NQM2026.parquet"
    frame = pd.read_parquet(path)
    frame["vwap"] = 1.5
    frame.to_parquet(path)
    general = build(stack, folder, "general.parquet")
    assert (general.returncode, general.stdout) == (0, fast.stdout), general.stderr
    series = pd.read_parquet(folder / "fast.parquet")
    pd.testing.assert_frame_equal(series, pd.read_parquet(folder / "general.parquet")[OHLCV], check_exact=True)
    assert len(series) == 3 * 23 * 60 and series.index.name == "timestamp" and str(series.index.dtype.tz) == "UTC"

    unhashed = build(stack, folder, "general.parquet", "--digest", "none", "--validation", "none")
    assert (unhashed.returncode, unhashed.stdout) == (0, ""), unhashed.stderr
    ours = build(stack, folder, "general.parquet", "--digest", "content")
    assert ours.returncode == 65 and "columns are not open, high, low, close, volume" in ours.stderr


def test_sessions_are_validated_by_flag_and_errors_leave_nothing(stack: RunningStack, folder: pathlib.Path) -> None:
    checked = build(stack, folder, "series.parquet", "--validation", "sessions", "--digest", "content")
    assert checked.returncode == 0 and len(checked.stdout) == 65, checked.stderr
    assert "5,520 bars in 4 sessions: 0 errors" in checked.stderr
    path = folder / "NQM2026.parquet"
    frame = pd.read_parquet(path)
    saturday = frame.iloc[[-1]].set_axis(pd.DatetimeIndex(["2026-03-21T15:00Z"], name="timestamp").as_unit("ns"))
    pd.concat([frame, saturday]).to_parquet(path)
    refused = build(stack, folder, "refused.parquet", "--validation", "sessions")
    assert refused.returncode == 3 and "weekend_bar" in refused.stderr, refused.stderr
    assert not (folder / "refused.parquet").exists()
    # The original sees nothing wrong with a Saturday.
    assert build(stack, folder, "refused.parquet").returncode == 0


def test_flags_belong_to_the_mode(stack: RunningStack, folder: pathlib.Path) -> None:
    alone = stack.peakctl("build", "--root", "NQ", "--bar", "1m", "--method", "NONE", "--digest", "none")
    assert alone.returncode == 2, alone.stderr
    unknown = build(stack, folder, "series.parquet", "--validation", "some")
    assert unknown.returncode == 2 and "none, original, sessions" in unknown.stderr
