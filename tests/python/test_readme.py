"""README's commands of peakctl, in its order and as printed, over the real NQ files in an empty folder."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import subprocess

import pandas as pd
import pytest
from conftest import BINARIES, ROOT

COMMAND_SECONDS_MAX = 300
# Stays running until it is ended; test_up.py runs it.
LEFT_OUT = {"peakctl up"}
COMPAT_ROLL = pd.Timestamp("2025-03-10T14:00:00Z")


def commands() -> list[str]:
    """The lines of README's code blocks that call peakctl."""
    blocks = re.findall(r"^```\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("peakctl ")]
    return [line for line in lines if line not in LEFT_OUT]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, real_files: list[pathlib.Path]) -> pathlib.Path:
    """A folder with the files that README's commands name."""
    folder = tmp_path_factory.mktemp("readme")
    for file in real_files:
        (folder / file.name).symlink_to(file)
    rows = ["contract,trade_date,settlement,open_interest"]
    rows += [f"{contract},2025-03-14,{price},200000" for contract, price in (("NQH2025", "19700.25"), ("NQM2025", "19900.5"))]
    (folder / "nq_settlements.csv").write_text("\n".join(rows) + "\n")
    # 15:00 and 15:05 UTC of an open Monday.
    chart = "time,open,high,low,close\n1736780400,21000,21001,20999,21000.25\n1736780700,21000.25,21002,21000,21001.1\n"
    (folder / "CME_MINI_NQ1!, 5.csv").write_text(chart)
    write_bars_of_the_original(folder)
    return folder


def write_bars_of_the_original(folder: pathlib.Path) -> None:
    """Bars of two contracts and their segments, as the original's command line reads them."""
    (folder / "bars").mkdir()
    segments = []
    for symbol, first, price in (("NQH2025", COMPAT_ROLL - pd.Timedelta("10min"), 19_700.0), ("NQM2025", COMPAT_ROLL, 19_900.0)):
        index = pd.date_range(first, periods=10, freq="1min", name="timestamp")
        frame = pd.DataFrame({name: price for name in ("open", "high", "low", "close")} | {"volume": 10.0}, index=index)
        frame.to_parquet(folder / "bars" / f"{symbol}.parquet")
        start, end = (instant.isoformat().replace("+00:00", "Z") for instant in (index[0], index[-1]))
        segments.append({"contract_symbol": symbol, "start_ts": start, "end_ts": end})
    (folder / "segments.json").write_text(json.dumps(segments))


def test_the_commands_work_as_printed(folder: pathlib.Path) -> None:
    variables = {"PATH": f"{BINARIES}:{os.environ['PATH']}"}

    def run(*words: str) -> str:
        ended = subprocess.run(
            words, cwd=folder, env=variables, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX
        )
        assert ended.returncode == 0, f"{words}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    lines = commands()
    assert len(lines) >= 20, lines
    for line in lines:
        words = shlex.split(line)
        if "DATASET_ID" in words:
            newest = json.loads(run("peakctl", "build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json"))
            words[words.index("DATASET_ID")] = newest["dataset_id"]
        run(*words)

    assert "<svg" in (folder / "rolls.html").read_text()
    (descriptor,) = (folder / "cache").rglob("*.descriptor.json")
    assert json.loads(descriptor.read_text())["timestamp_semantics"] == "utc_bar_close_exclusive_end", (
        "the only end of a bar that the descriptor's readers admit"
    )
