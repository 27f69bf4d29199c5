"""What the original's readers take: files built in its mode, and exported series with their documents."""

from __future__ import annotations

import hashlib
import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from conftest import RunningStack

OHLCV = ["open", "high", "low", "close", "volume"]


def made(start: str, count: int, first_close: float) -> pd.DataFrame:
    """Hourly bars: close first_close + i, open a tenth below, high and low two and three tenths away, volume 100."""
    close = first_close + np.arange(count, dtype=float)
    index = pd.date_range(start, periods=count, freq="h", tz="UTC")
    return pd.DataFrame(
        {"open": close - 0.1, "high": close + 0.2, "low": close - 0.3, "close": close, "volume": 100.0}, index=index
    )


def digest(frame: pd.DataFrame) -> str:
    """The original's digest, by its definition."""
    cell = lambda value: None if value != value else round(float(value), 12)  # noqa: E731
    payload = {
        "columns": OHLCV,
        "data": [[cell(value) for value in row] for row in frame[OHLCV].itertuples(index=False)],
        "index": [stamp.isoformat() for stamp in frame.index],
    }
    return hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_contract(frame: pd.DataFrame) -> None:
    """The rules of the original's data contract."""
    assert isinstance(frame.index, pd.DatetimeIndex) and str(frame.index.tz) == "UTC"
    assert set(OHLCV) <= set(frame.columns)
    assert frame.index.is_monotonic_increasing and frame.index.is_unique and len(frame) > 0
    assert all(pd.api.types.is_numeric_dtype(frame[name]) for name in OHLCV)
    assert not frame[OHLCV].isna().any(axis=None)
    assert (frame[OHLCV[:4]] > 0).all(axis=None)
    assert (frame["high"] >= frame["low"]).all() and (frame["volume"] >= 0).all()


@pytest.mark.parametrize("unit", ["ns", "us"])
@pytest.mark.parametrize("named", [True, False])
def test_a_build_in_the_originals_mode_reads_and_writes_as_pandas_does(
    stack: RunningStack, tmp_path: pathlib.Path, unit: str, named: bool
) -> None:
    old, new = made("2026-01-01", 3, 100.0), made("2026-01-01T03:00", 3, 200.0)
    new["vwap"] = 1.5
    for symbol, frame in {"NQH2026": old, "NQM2026": new}.items():
        frame.index = frame.index.as_unit(unit)
        frame.index.name = "timestamp" if named else None
        frame.to_parquet(tmp_path / f"{symbol}.parquet")
    segments = [
        {"contract_symbol": "NQH2026", "start_ts": "2026-01-01T00:00:00Z", "end_ts": "2026-01-01T02:00:00+00:00"},
        {"contract_symbol": "NQM2026", "start_ts": "2026-01-01T03:00:00Z", "end_ts": "2026-01-01T05:00:00Z"},
    ]
    (tmp_path / "segments.json").write_text(json.dumps(segments))
    out = tmp_path / "out.parquet"
    flags = ["--input-dir", str(tmp_path), "--segments-json", str(tmp_path / "segments.json")]
    run = stack.peakctl(
        "build", "--compat", "peak_trade", *flags, "--output-parquet", str(out), "--adjustment", "BACK_ADJUST"
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "e40895f49df98a695250ec4e87584b3de8c251650af09d2e18e5b6339e102219\n"
    frame = pd.read_parquet(out)
    check_contract(frame)
    assert frame["close"].tolist() == [198, 199, 200, 200, 201, 202]
    assert frame["vwap"].isna().tolist() == [True] * 3 + [False] * 3
    assert digest(frame) == run.stdout.strip()
    checked = stack.peakctl("validate", "--compat", "peak_trade", "--input", str(out), "--check-maintenance")
    assert (checked.returncode, checked.stdout) == (0, "OK\n"), checked.stderr


def test_the_validators_exit_codes_are_the_originals(stack: RunningStack, tmp_path: pathlib.Path) -> None:
    def validate(frame: pd.DataFrame, *flags: str, suffix: str = "csv"):
        path = tmp_path / f"bars.{suffix}"
        frame.rename_axis("time").to_csv(path) if suffix == "csv" else frame.to_parquet(path)
        return stack.peakctl("validate", "--compat", "peak_trade", "--input", str(path), *flags)

    good = made("2026-01-15T20:00", 4, 100.0)
    assert validate(good).returncode == 0
    late = validate(good, "--check-maintenance")
    assert late.returncode == 2
    assert late.stdout == "FAIL: found bars in maintenance window (first 1): ['2026-01-15T22:00:00+00:00']\n"
    gap = good.assign(volume=[1.0, np.nan, 1.0, 1.0])
    refused = validate(gap)
    assert refused.returncode == 1 and "nan_columns" in refused.stderr, refused.stderr
    assert validate(gap, "--allow-partial-volume-nans").returncode == 0
    numbered = validate(good.reset_index(names="timestamp"), suffix="parquet")
    assert numbered.returncode == 1 and "RangeIndex" in numbered.stderr, numbered.stderr
    assert stack.peakctl("validate", "--compat", "peak_trade", "--input", "bars.txt").returncode == 1
    unknown = stack.peakctl("validate", "--compat", "other", "--input", "bars.csv")
    assert unknown.returncode == 2 and "peak_trade" in unknown.stderr, unknown.stderr


def test_an_exported_series_is_found_by_its_reference_and_described(
    stack: RunningStack, tmp_path: pathlib.Path
) -> None:
    demo = stack.peakctl("demo", "--json")
    assert demo.returncode == 0, demo.stderr
    dataset_id = json.loads(demo.stdout)["dataset_id"]
    run = stack.peakctl(
        "export", dataset_id, "--out", str(tmp_path), "--refs", "cme_futures/nq", "--stamp", "close", "--json"
    )
    assert run.returncode == 0, run.stderr
    [ref] = json.loads((tmp_path / "market_data_refs.json").read_text())["refs"]
    # As the original resolves it: instants with their marks taken out.
    compact = lambda text: "".join(mark for mark in text if mark not in ":+-.")  # noqa: E731
    name = f"{ref['symbol']}.{ref['kind']}.{ref['timeframe']}.{compact(ref['start_utc'])}_{compact(ref['end_utc'])}"
    path = tmp_path / ref["locator"]["namespace"] / ref["locator"]["dataset"] / f"{name}.parquet"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == ref["sha256_hint"]
    frame = pd.read_parquet(path)
    check_contract(frame)
    described = json.loads(path.with_name(f"{name}.descriptor.json").read_text())
    assert described["row_count"] == len(frame)
    assert described["contract_type"] == "futures" and described["venue_id"] == "CME"
    assert described["timestamp_semantics"] == "utc_bar_close_exclusive_end"
    assert pd.Timestamp(described["end_time"]) == frame.index[-1]
    assert described["ohlcv_sha256"] == digest(frame)
    assert described["dataset_version"] == dataset_id
    opened = stack.peakctl("export", dataset_id, "--out", str(tmp_path / "plain"), "--json")
    assert opened.returncode == 0, opened.stderr
    by_open = pd.read_parquet(json.loads(opened.stdout)["bars"])
    assert (frame.index - by_open.index == pd.Timedelta(minutes=1)).all()
    assert not list(tmp_path.rglob("*.pending"))


def test_an_exported_day_ends_with_its_session(stack: RunningStack, tmp_path: pathlib.Path) -> None:
    demo = stack.peakctl("demo", "--json")
    assert demo.returncode == 0, demo.stderr
    built = stack.peakctl("build", "--root", "NQ", "--bar", "1d", "--method", "NONE", "--json")
    assert built.returncode == 0, built.stderr
    dataset_id = json.loads(built.stdout)["dataset_id"]
    run = stack.peakctl("export", dataset_id, "--out", str(tmp_path), "--stamp", "close", "--json")
    assert run.returncode == 0, run.stderr
    written = json.loads(run.stdout)
    described = json.loads(pathlib.Path(written["descriptor"]).read_text())
    closes = pd.read_parquet(written["bars"]).index
    # A session ends at 16:00 Chicago, or before it on a shortened day; the day that holds a roll has a bar on each side of it.
    assert (closes.tz_convert("America/Chicago").hour == 16).mean() > 0.9
    assert pd.Timestamp(described["end_time"]) == closes[-1]
