"""`peakctl up` as a person meets it: the lines that it prints work as printed."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time

from conftest import BINARIES, TOOLS

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
    finally:
        up.send_signal(signal.SIGTERM)
        code = up.wait(STOP_SECONDS_MAX)
    assert code == 0, log.read_text()


def wait_for_document(up: subprocess.Popen[bytes], out: pathlib.Path, log: pathlib.Path) -> dict:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return json.loads(out.read_text())
        except ValueError:
            assert up.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
