"""`peakctl up` as a person meets it: the lines that it prints work as printed."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import time

from conftest import BINARIES, ROOT, TOOLS

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 15.0


def test_the_printed_lines_work_as_printed(tmp_path: pathlib.Path) -> None:
    variables = {
        "PATH": f"{TOOLS}/venv/bin:{os.environ['PATH']}",
        "DATA_DIR": str(tmp_path / "data"),
        "EVIDENCE_DIR": str(tmp_path / "evidence"),
    }
    out, log = tmp_path / "out", tmp_path / "log"
    with open(out, "wb") as stdout, open(log, "wb") as stderr:
        up = subprocess.Popen([BINARIES / "peakctl", "up", "--json"], env=variables, stdout=stdout, stderr=stderr)
    try:
        document = wait_for_document(up, out, log)
        answers = []
        for command in document["commands"]:
            run = subprocess.run(["sh", "-c", command], env=variables, capture_output=True, text=True, timeout=20)
            assert run.returncode == 0, f"{command}\n{run.stderr}"
            answers.append(json.loads(run.stdout))
        filled, blocked, account, moved, waiting, cancelled = answers
        assert filled["executions"][-1]["ordStatus"] == "ORD_STATUS_FILLED"
        assert blocked["decision"] == "DECISION_BLOCK"
        assert blocked["reasons"][0]["reason"] == "REASON_INSTRUMENT_NOT_ALLOWED"
        assert account["positions"][0]["contract"] == document["contract"]
        assert not moved.get("executions"), "something traded by itself"
        assert waiting["executions"][-1]["ordStatus"] == "ORD_STATUS_NEW"
        assert cancelled["execution"]["ordStatus"] == "ORD_STATUS_CANCELED"
        health = subprocess.run([BINARIES / "peakctl", "health"], env=variables, capture_output=True, timeout=20)
        assert health.returncode == 0, health.stderr.decode()
        run_the_examples_of_the_client(document)
    finally:
        up.send_signal(signal.SIGTERM)
        code = up.wait(STOP_SECONDS_MAX)
    assert code == 0, log.read_text()


def run_the_examples_of_the_client(document: dict) -> None:
    """The blocks of the client's README as a person copies them, with the session and the contract that were printed."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "shared" / "python" / "README.md").read_text(), re.M | re.S)
    assert len(blocks) == 2, blocks
    printed = f'session, contract = "{document["session_id"]}", "{document["contract"]}"'
    first = re.sub(r"session, contract = .*", printed, blocks[0])
    assert printed in first
    names: dict = {}
    for block in (first, blocks[1]):
        exec(compile(block, "README.md", "exec"), names)
    assert names["bars"].num_rows > 0 and names["answer"].executions
    days = names["days"].to_pandas()
    assert list(days.columns) == ["open", "high", "low", "close", "volume", "contract", "trade_date"]
    assert days["trade_date"].is_unique and days["contract"].nunique() > 1
    part = names["part"].to_pandas()
    assert 0 < len(part) < len(days) and (part.index >= names["june"]).all()
    assert 0 < names["seen"].num_rows < names["bars"].num_rows
    rolls = names["rolls"].to_pandas()
    assert len(rolls) == days["contract"].nunique() - 1 and (rolls["to_price"] - rolls["from_price"] == rolls["spread"]).all()


def wait_for_document(up: subprocess.Popen[bytes], out: pathlib.Path, log: pathlib.Path) -> dict:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return json.loads(out.read_text())
        except ValueError:
            assert up.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
