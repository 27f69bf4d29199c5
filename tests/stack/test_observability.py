"""Prometheus in the stack: it scrapes the four services, its rules load, and every expression of the dashboards answers."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from conftest import ROOT, ComposeStack, docker

DEPLOY = ROOT / "deploy" / "futures_cme"
IMAGE = "peaktrade-futures-cme/prometheus:local"
JOBS = {"pt_futures_calendar", "pt_futures_dataset", "pt_futures_risk", "pt_futures_broker"}
VARIABLES = {"$__rate_interval": "1m", "$__range": "1h", "$job": ".*"}
TOOLS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "test-tools"
SCRAPED_SECONDS_MAX = 40.0


@pytest.fixture(scope="module")
def prometheus(stack: ComposeStack, demo: dict) -> str:
    """Address of the stack's Prometheus, run from Debian's program: no image can be pulled where these tests run."""
    built = subprocess.run(
        [DEPLOY / "prometheus" / "build_local_image.sh", IMAGE], capture_output=True, text=True, timeout=240
    )
    assert built.returncode == 0, built.stderr
    stack.variables["PT_PROMETHEUS_IMAGE"] = IMAGE
    up = stack.compose("--profile", "observability", "up", "-d", "--no-build", "prometheus")
    assert up.returncode == 0, up.stderr
    stack.wait_until_healthy("prometheus")
    return f"http://127.0.0.1:{stack.variables['PT_PORT_PROMETHEUS']}"


def ask(address: str, path: str, **parameters: str) -> dict:
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{address}/api/v1/{path}?{query}", timeout=10) as answer:
        body = json.load(answer)
    assert body["status"] == "success", body
    return body["data"]


def test_all_four_services_are_scraped(prometheus: str) -> None:
    deadline = time.monotonic() + SCRAPED_SECONDS_MAX
    while True:
        targets = ask(prometheus, "targets", state="active")["activeTargets"]
        health = {target["labels"]["job"]: target["health"] for target in targets}
        if health == dict.fromkeys(JOBS, "up"):
            break
        assert time.monotonic() < deadline, health
        time.sleep(1)


def evaluated_rules(address: str) -> list[dict]:
    """All rules, each evaluated once more from now on: before the first scrapes none could fire."""
    asked = datetime.datetime.now(datetime.timezone.utc)
    deadline = time.monotonic() + SCRAPED_SECONDS_MAX
    while True:
        rules = [rule for group in ask(address, "rules")["groups"] for rule in group["rules"]]
        if rules and all(datetime.datetime.fromisoformat(rule["lastEvaluation"]) > asked for rule in rules):
            return rules
        assert time.monotonic() < deadline, rules
        time.sleep(1)


def test_rules_are_loaded_and_none_fires_on_a_healthy_stack(prometheus: str) -> None:
    rules = evaluated_rules(prometheus)
    written = [
        name
        for file in ("recording_rules.yml", "alert_rules.yml")
        for name in re.findall(r"(?:record|alert): (\w+)", (DEPLOY / "prometheus" / file).read_text())
    ]
    assert sorted(rule["name"] for rule in rules) == sorted(written)
    assert [rule for rule in rules if rule.get("lastError")] == []
    # Critical or not: the few orders that the demo sends to be blocked are far below what is worth an alert.
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    assert alerts and [rule for rule in alerts if rule["state"] != "inactive"] == []


def test_every_expression_of_the_dashboards_returns_data(prometheus: str) -> None:
    # Rates need two scrapes.
    time.sleep(11)
    for path in sorted((ROOT / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                expression = target["expr"]
                for name, value in VARIABLES.items():
                    expression = expression.replace(name, value)
                result = ask(prometheus, "query", query=expression)["result"]
                assert result, f"{panel['title']}: {expression} returns nothing"


def test_runbook_names_are_there_under_the_peaktrade_prefix(prometheus: str) -> None:
    for name in ("roll_events_total", "risk_blocks_total", "open_contracts", "daily_pnl_usd", "continuous_build_seconds_count"):
        original, alias = (ask(prometheus, "query", query=f"sum({metric})")["result"] for metric in (name, f"peaktrade_{name}"))
        assert original and alias, name
        assert original[0]["value"][1] == alias[0]["value"][1], name


def test_prometheus_is_fenced_like_the_services(stack: ComposeStack, prometheus: str) -> None:
    found = stack.inspect("prometheus")
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"] is True and host["CapDrop"] == ["ALL"] and not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"] and found["Config"]["User"] == "65534:65534"
    assert 0 < host["PidsLimit"] <= 128 and 0 < host["Memory"] <= 2**28
    assert set(found["NetworkSettings"]["Networks"]) == {f"{stack.variables['PT_STACK']}_net"}
    assert not host["PortBindings"]
    writable = [mount for mount in found["Mounts"] if mount["RW"]]
    assert [mount["Name"] for mount in writable] == [f"{stack.variables['PT_STACK']}_prometheus"]


def test_alerts_fire_when_they_should() -> None:
    promtool = TOOLS / "debian" / "usr" / "bin" / "promtool"
    if not promtool.is_file():
        pytest.skip("promtool is not installed")
    for command in (("check", "config", "prometheus.yml"), ("test", "rules", "alert_tests.yml")):
        checked = subprocess.run(
            [promtool, *command], cwd=DEPLOY / "prometheus", capture_output=True, text=True, timeout=60
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_lost_service_raises_an_alert(stack: ComposeStack, prometheus: str) -> None:
    container = stack.container("calendar")
    docker("pause", container)
    try:
        deadline = time.monotonic() + 60
        while True:
            alerts = ask(prometheus, "alerts")["alerts"]
            firing = {alert["labels"]["job"] for alert in alerts if alert["labels"]["alertname"] == "PtFuturesServiceDown" and alert["state"] == "firing"}
            if firing == {"pt_futures_calendar"}:
                break
            assert time.monotonic() < deadline, alerts
            time.sleep(1)
    finally:
        docker("unpause", container)
    stack.wait_until_healthy("calendar")
