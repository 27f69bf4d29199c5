"""What the bench of file-to-file builds makes of its measurements; the builds themselves take minutes and run by hand."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import sys
import types

import pytest
from conftest import ROOT


@pytest.fixture
def bench() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("bench", ROOT / "tests" / "bench" / "continuous" / "bench.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def medians(bench: types.ModuleType, ours_cpu_s: float) -> dict[str, dict[str, float]]:
    """Figures of a run in which only the CPU-seconds of ours vary."""
    ours = {"cpu_s": ours_cpu_s, "work_cpu_s": ours_cpu_s, "wall_s": 1.0, "peak_mb": 50.0, "work_peak_mb": 50.0}
    polars = {"cpu_s": 12.0, "work_cpu_s": 10.0, "wall_s": 6.0, "peak_mb": 400.0, "work_peak_mb": 300.0}
    return dict.fromkeys(bench.OURS, ours) | dict.fromkeys(bench.PEERS, polars)


@pytest.mark.parametrize(("ours_cpu_s", "code"), [(4.0, 0), (5.1, 1)])
def test_a_missed_claim_fails_the_run(
    bench: types.ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, ours_cpu_s: float, code: int
) -> None:
    monkeypatch.setattr(bench, "bench_set", lambda arguments, name: medians(bench, ours_cpu_s))
    result = tmp_path / "result.json"
    arguments = ["--peakctl", "none", "--generator", "none", "--sets", "L40", "--json", str(result)]
    monkeypatch.setattr(sys, "argv", ["bench.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        bench.main()
    assert ended.value.code == code
    told = json.loads(result.read_text())
    assert bench.missed(told["L40"]["claims"]) == (["same work as polars, CPU ratio"] if code else [])
    assert told["own_peak_mb"] > 1


def test_the_table_gives_ratios_with_and_without_the_import(
    bench: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.print_table("title", medians(bench, 4.0))
    lines = {line[:26].strip(): line[26:].split() for line in capsys.readouterr().out.splitlines()}
    assert lines["ours"] == ["4.00", "4.00", "1.00", "50", "50", "0.33x", "0.40x", "0.12x", "0.17x"]
    assert lines["polars-eager"] == ["12.00", "10.00", "6.00", "400", "300", "1.00x", "1.00x", "1.00x", "1.00x"]


def test_what_a_process_says_of_its_import_is_taken_off(bench: types.ModuleType) -> None:
    said = "print('{\"import_cpu_s\": 0.001, \"import_peak_mb\": 2.0}')"
    whole = bench.measure([sys.executable, "-c", said])
    assert whole["cpu_s"] - whole["work_cpu_s"] == pytest.approx(0.001)
    assert whole["peak_mb"] - whole["work_peak_mb"] == pytest.approx(2.0)
    silent = bench.measure([sys.executable, "-c", "pass"])
    assert (silent["work_cpu_s"], silent["work_peak_mb"]) == (silent["cpu_s"], silent["peak_mb"])


def test_a_folder_serves_twice(bench: types.ModuleType, tmp_path: pathlib.Path) -> None:
    assert bench.output_folder(tmp_path) == bench.output_folder(tmp_path) == tmp_path / "out"
