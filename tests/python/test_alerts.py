"""The rules of the stack's Prometheus, held against what the running services export: a rule over a metric or a bucket
that nobody exports can never fire, whatever promtool says of it."""

from __future__ import annotations

import re
import urllib.request

import pytest
from conftest import ROOT, SERVICES, RunningStack

RULES = ROOT / "deploy" / "futures_cme" / "prometheus"
# Jobs as prometheus.yml names them.
JOBS = dict(zip(SERVICES, ("pt_futures_calendar", "pt_futures_dataset", "pt_futures_risk", "pt_futures_broker"), strict=True))
# `up` is Prometheus's own word on a scrape.
SELECTOR = re.compile(r"\b(?!up\{)([a-z][a-z0-9_]*)\{job=\"(\w+)\"")


@pytest.fixture(scope="module")
def exported(stack: RunningStack) -> dict[str, list[str]]:
    """Samples of each job, as it exports them."""
    samples = {}
    for service, job in JOBS.items():
        with urllib.request.urlopen(f"http://{stack.metrics[service]}/metrics", timeout=5) as answer:
            samples[job] = [line for line in answer.read().decode().splitlines() if line and not line.startswith("#")]
    return samples


def names(samples: list[str]) -> set[str]:
    return {re.split(r"[{ ]", sample, maxsplit=1)[0] for sample in samples}


def test_the_jobs_are_those_of_the_configuration() -> None:
    configured = re.findall(r"job_name: (\w+)", (RULES / "prometheus.yml").read_text())
    assert configured == list(JOBS.values())


@pytest.mark.parametrize("file", ["alert_rules.yml", "alert_tests.yml"])
def test_alerts_and_their_tests_name_metrics_of_the_job(exported: dict[str, list[str]], file: str) -> None:
    named = SELECTOR.findall((RULES / file).read_text())
    assert len(named) >= 5, named
    for metric, job in named:
        # The tests also expect what the recording rules make.
        assert metric.removeprefix("peaktrade_") in names(exported[job]), f"{metric} of {job}"


def test_recording_rules_name_metrics_that_exist(exported: dict[str, list[str]]) -> None:
    recorded = re.findall(r"record: peaktrade_(\w+), expr: (\w+)}", (RULES / "recording_rules.yml").read_text())
    everything = set().union(*map(names, exported.values()))
    assert recorded and all(record == metric and metric in everything for record, metric in recorded), recorded


def bounds(exported: dict[str, list[str]], metric: str, job: str) -> list[str]:
    """Upper bounds of a histogram's buckets, in order."""
    buckets = [sample for sample in exported[job] if sample.startswith(metric + "{")]
    return [re.search(r'le="([^"]+)"', bucket)[1] for bucket in buckets]


def test_each_bucket_of_the_alert_tests_is_one_that_the_service_exports(exported: dict[str, list[str]]) -> None:
    invented = re.findall(r"(\w+_bucket)\{job=\"(\w+)\",le=\"([^\"]+)\"\}", (RULES / "alert_tests.yml").read_text())
    assert len(invented) >= 3, invented
    for metric, job, bound in invented:
        assert bound in bounds(exported, metric, job), f"{metric} has no bucket le={bound}"


def test_quantile_thresholds_lie_below_the_largest_bound(exported: dict[str, list[str]]) -> None:
    """`histogram_quantile` answers at most the largest finite bound, so a threshold must lie below it to be passed."""
    text = re.sub(r">-\n\s+", "", (RULES / "alert_rules.yml").read_text())
    thresholds = re.findall(r"expr: histogram_quantile\(.*?(\w+_bucket)\{job=\"(\w+)\"\}.* > ([0-9.]+)$", text, re.MULTILINE)
    assert len(thresholds) == text.count("histogram_quantile("), thresholds
    for metric, job, threshold in thresholds:
        finite = [float(bound) for bound in bounds(exported, metric, job) if bound != "+Inf"]
        assert max(finite) > float(threshold), f"{metric} > {threshold} can never be: the bounds are {finite}"
