"""What a caller with nothing but grpcurl, a health probe or a scraper sees of each service."""

from __future__ import annotations

import json
import subprocess
import urllib.request

import grpc
import pytest
from conftest import FLIGHT_SERVICE, SERVICES, TOOLS, RunningStack
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

GRPCURL = TOOLS / "venv" / "bin" / "grpcurl"
PROMTOOL = TOOLS / "debian" / "usr" / "bin" / "promtool"

# One call of each service that needs no state, and a word that its answer must hold.
CALLS = {
    "calendar": ("peaktrade.futures.calendar.v1.CalendarService/GetCalendarInfo", {}, "sha256"),
    "dataset": ("peaktrade.futures.dataset.v1.DatasetService/ListDatasets", {}, ""),
    "risk-gate": ("peaktrade.futures.risk.v1.RiskGateService/GetPolicy", {}, "policySha256"),
    "paper-broker": (
        "peaktrade.futures.broker.v1.PaperBrokerService/GetAccount",
        {"session_id": "none-such"},
        "NotFound",
    ),
}


def grpcurl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GRPCURL, "-plaintext", *arguments], capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("name", SERVICES)
def test_grpcurl_lists_describes_and_calls_by_reflection(stack: RunningStack, name: str) -> None:
    address = stack.addresses[name]
    listed = grpcurl(address, "list")
    assert listed.returncode == 0, listed.stderr
    ours = [line for line in listed.stdout.split() if not line.startswith("grpc.")]
    service = SERVICES[name][1]
    assert ours == [service], "a service lists what is its own and nothing else"

    described = grpcurl(address, "describe", service)
    assert described.returncode == 0, described.stderr
    assert f"service {service.rsplit('.', 1)[1]} {{" in described.stdout

    method, request, word = CALLS[name]
    called = grpcurl("-d", json.dumps(request), address, method)
    assert word in called.stdout + called.stderr, called.stderr
    assert (called.returncode == 0) == (word != "NotFound"), called.stderr
    described = grpcurl(address, "describe", f"{method.replace('/', '.')}")
    assert described.returncode == 0, described.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_reflection_answers_the_older_protocol_too(stack: RunningStack, name: str) -> None:
    with grpc.insecure_channel(stack.addresses[name]) as channel:
        assert SERVICES[name][1] in ProtoReflectionDescriptorDatabase(channel).get_services()


@pytest.mark.parametrize("name", SERVICES)
def test_health_answers_for_the_process_and_for_each_service(stack: RunningStack, name: str) -> None:
    with grpc.insecure_channel(stack.addresses[name]) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ["", SERVICES[name][1], *([FLIGHT_SERVICE] if name == "dataset" else [])]:
            answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=2)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, service
        with pytest.raises(grpc.RpcError) as refused:
            health.Check(health_pb2.HealthCheckRequest(service="none.such"), timeout=2)
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("name", SERVICES)
def test_metrics_pass_promtool(stack: RunningStack, name: str) -> None:
    # A call first, so that the families of handled calls hold samples.
    method, request, _ = CALLS[name]
    grpcurl("-d", json.dumps(request), stack.addresses[name], method)
    with urllib.request.urlopen(f"http://{stack.metrics[name]}/metrics", timeout=5) as answer:
        text = answer.read()
    assert b"grpc_server_handled_total" in text
    if not PROMTOOL.is_file():
        pytest.skip("promtool is not installed")
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, timeout=20)
    assert checked.returncode == 0, (checked.stdout + checked.stderr).decode()
