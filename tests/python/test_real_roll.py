"""The real NQH2025 to NQM2025 roll as pyarrow gets it, against numbers worked out apart from the product."""

from __future__ import annotations

import datetime
import hashlib
import json
import pathlib
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.flight as flight
import pytest
import roll_by_hand
from conftest import RunningStack

PUBLISHED_SHA256 = "65b050c2f85633cffd1861ea621785ca99f7c495dcaca3462424a394158b3c3e"
OPEN_ROLL = datetime.datetime(2025, 3, 16, 22, tzinfo=datetime.timezone.utc)
MIDNIGHT_ROLL = datetime.datetime(2025, 3, 17, 5, tzinfo=datetime.timezone.utc)
CLOSE_ROLL = datetime.datetime(2025, 3, 17, 21, tzinfo=datetime.timezone.utc)


@pytest.fixture(scope="module")
def contracts(real_files: list[pathlib.Path]) -> tuple[list[roll_by_hand.Bar], list[roll_by_hand.Bar]]:
    (old, old_out), (new, new_out) = (roll_by_hand.read_ninjatrader(file) for file in real_files)
    assert (old_out, new_out) == (23, 33)
    return old, new


@pytest.fixture(scope="module")
def imported(stack: RunningStack, real_files: list[pathlib.Path]) -> None:
    run = stack.peakctl("import", "--format", "ninjatrader", "--root", "NQ", "--json", *map(str, real_files))
    assert run.returncode == 0, run.stderr
    files = json.loads(run.stdout)["files"]
    dispositions = {f["contract"]: {kind: rows for kind, rows in f["dispositions"].items() if rows} for f in files}
    assert dispositions == {
        "NQH2025": {"kept": 71_169, "out_of_session": 23},
        "NQM2025": {"kept": 78_598, "out_of_session": 33},
    }


def build(stack: RunningStack, *more: str) -> subprocess.CompletedProcess[str]:
    return stack.peakctl("build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json", *more)


def canonical_csv(table: pa.Table) -> str:
    """The same text as :func:`roll_by_hand.canonical_csv`, rebuilt from what came over Flight."""
    epoch = table["timestamp"].to_numpy().astype("datetime64[s]").astype(np.int64)
    quarters = [table[name].to_numpy() * 4 for name in ("open", "high", "low", "close")]
    assert all((column == np.floor(column)).all() for column in quarters), "a price left the quarter-point grid"
    columns = [epoch, *(column.astype(np.int64) for column in quarters), table["volume"].to_numpy()]
    rows = "".join("{},{},{},{},{},{}\n".format(*row) for row in zip(*(column.tolist() for column in columns)))
    return roll_by_hand.CSV_HEADER + rows


def check(stack: RunningStack, contracts, roll: datetime.datetime, *more: str) -> roll_by_hand.Stitched:
    run = build(stack, *more)
    assert run.returncode == 0, run.stderr
    built = json.loads(run.stdout)
    expected = roll_by_hand.back_adjust(*contracts, int(roll.timestamp()))

    (found,) = built["rolls"]
    assert (found["from_symbol"], found["to_symbol"]) == ("NQH2025", "NQM2025")
    assert float(found["spread"]) == expected.spread / 4
    assert datetime.datetime.fromisoformat(found["roll_ts"].replace("Z", "+00:00")) == roll
    assert built["rows_out"] == len(expected.bars)

    client = flight.connect(f"grpc://{stack.addresses['dataset']}")
    descriptor = flight.FlightDescriptor.for_path("continuous", "NQ", "1m", "BACK_ADJUST", f"@{built['dataset_id']}")
    endpoints = client.get_flight_info(descriptor).endpoints
    table = pa.concat_tables([client.do_get(endpoint.ticket).read_all() for endpoint in endpoints])
    assert hashlib.sha256(canonical_csv(table).encode()).hexdigest() == expected.sha256
    return expected


def test_the_default_roll_gives_the_published_digest(stack: RunningStack, imported, contracts) -> None:
    expected = check(stack, contracts, OPEN_ROLL)
    assert expected.sha256 == PUBLISHED_SHA256
    assert (expected.rows_old, expected.rows_new, expected.spread) == (70_809, 76_501, 814)
    assert sum(bar.close for bar in expected.bars) == 12_171_521_342
    assert sum(bar.volume for bar in expected.bars) == 64_309_763
    assert max(bar.high for bar in expected.bars) == 22_523.25 * 4
    assert min(bar.low for bar in expected.bars) == 16_460.00 * 4
    first = expected.bars[0]
    assert (first.open, first.high, first.low, first.close, first.volume) == (85_890, 85_945, 85_828, 85_859, 393)


def test_a_roll_at_midnight_gives_what_plain_python_gives(stack: RunningStack, imported, contracts) -> None:
    expected = check(stack, contracts, MIDNIGHT_ROLL, "--roll-instant", "local_midnight")
    assert expected.spread / 4 == 209.0


def test_a_roll_at_the_close_needs_a_wider_bound(stack: RunningStack, imported, contracts) -> None:
    refused = build(stack, "--roll-instant", "session_close")
    assert refused.returncode not in (0, 70)
    assert "NQH2025" in refused.stderr and "NQM2025" in refused.stderr
    check(stack, contracts, CLOSE_ROLL, "--roll-instant", "session_close", "--max-stale-session-minutes", "1020")


def test_explain_says_what_the_median_would_have_been(stack: RunningStack, imported, contracts) -> None:
    run = build(stack)
    assert run.returncode == 0, run.stderr
    explained = stack.peakctl("rolls", "explain", "--dataset", json.loads(run.stdout)["dataset_id"])
    assert explained.returncode == 0, explained.stderr
    median = roll_by_hand.median_spread(*contracts, int(OPEN_ROLL.timestamp()))
    assert median == 206.375
    for fact in ("203.5", "19667.5", "19871", str(median)):
        assert fact in explained.stdout, f"{fact} is not in:\n{explained.stdout}"
