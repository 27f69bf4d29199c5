"""Every expression of every dashboard parses and names metrics that the running services export."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import urllib.request

import pytest
from conftest import ROOT, SERVICES, TOOLS, RunningStack

PROMTOOL = TOOLS / "debian" / "usr" / "bin" / "promtool"
DASHBOARDS = sorted((ROOT / "dashboards").glob("*.json"))
# What Grafana puts in before it asks Prometheus.
VARIABLES = {"$__rate_interval": "1m", "$__range": "1h", "$job": ".*"}
# A metric stands before its braces; functions and keywords of PromQL never do.
METRIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{")


def expressions(dashboard: dict) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_expressions_name_metrics_that_exist(stack: RunningStack, path: pathlib.Path) -> None:
    exported = set()
    for address in stack.metrics.values():
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line and not line.startswith("#"):
                    exported.add(re.split(r"[{ ]", line, maxsplit=1)[0])
    assert len(stack.metrics) == len(SERVICES)
    for expression in expressions(json.loads(path.read_text())):
        named = METRIC.findall(expression)
        assert named, f"no metric with braces in {expression}"
        assert set(named) <= exported, f"{set(named) - exported} of {expression} is exported by no service"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_expressions_parse(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    if not PROMTOOL.is_file():
        pytest.skip("promtool is not installed")
    rules = []
    for number, expression in enumerate(expressions(json.loads(path.read_text()))):
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        assert "$" not in expression, f"an unknown variable is left in {expression}"
        rules.append({"record": f"dashboard:expression:{number}", "expr": expression})
    file = tmp_path / "rules.json"
    # YAML is a superset of JSON.
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = subprocess.run([PROMTOOL, "check", "rules", file], capture_output=True, text=True, timeout=20)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_say_what_they_show(path: pathlib.Path) -> None:
    dashboard = json.loads(path.read_text())
    assert dashboard["editable"] is False and dashboard["uid"]
    for panel in dashboard["panels"]:
        assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"], panel["id"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all('job=~"$job"' in target["expr"] for target in panel["targets"]), panel["title"]
