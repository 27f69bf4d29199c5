"""The stack in containers: how they are fenced, the demo through them, and what happens when one is lost."""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import subprocess
import time
import urllib.request

import grpc
import pytest
from conftest import ROOT, SERVICES, ComposeStack, docker

from peaktrade_futures import OrdStatus, Side, Stack
from peaktrade_futures.proto.broker.v1 import broker_pb2
from peaktrade_futures.proto.dataset.v1 import dataset_pb2

GATES = {
    "PEAK_OFFLINE=1",
    "LIVE_TRADING=0",
    "BROKER_MODE=replay",
    "INSTRUMENT_ALLOWLIST=NQ,MNQ",
    "CME_FUTURES_ENABLED=1",
}
REFUSAL_SECONDS_MAX = 1.0
RECOVERY_SECONDS_MAX = 30.0
TOOLS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "test-tools"


@pytest.mark.parametrize("service", SERVICES)
def test_each_container_is_fenced(stack: ComposeStack, service: str) -> None:
    found = stack.inspect(service)
    host, config = found["HostConfig"], found["Config"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"] and not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert config["User"] == "65532:65532"
    assert host["Privileged"] is False and host["NetworkMode"] != "host" and not host["PidMode"]
    assert 0 < host["PidsLimit"] <= 64 and 0 < host["Memory"] <= 2**30
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert host["LogConfig"]["Config"]["max-size"]
    assert GATES <= set(config["Env"])
    networks = set(found["NetworkSettings"]["Networks"])
    inner, edge = (f"{stack.variables['PT_STACK']}_{name}" for name in ("net", "edge"))
    assert networks == ({inner, edge} if service == "edge-gw" else {inner})
    bound = [binding for bindings in (host["PortBindings"] or {}).values() for binding in bindings]
    assert bool(bound) == (service == "edge-gw")
    assert all(binding["HostIp"] == "127.0.0.1" for binding in bound)
    writable = [mount for mount in found["Mounts"] if mount["RW"]]
    assert all(mount["Type"] == "volume" for mount in writable), "a folder of the host is writable"


def test_the_inner_network_is_the_one_that_was_measured(stack: ComposeStack) -> None:
    (inner,) = json.loads(docker("network", "inspect", f"{stack.variables['PT_STACK']}_net"))
    assert inner["Internal"] is True
    assert inner["Options"] == {
        "com.docker.network.bridge.inhibit_ipv4": "true",
        "com.docker.network.bridge.gateway_mode_ipv4": "isolated",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_no_default_route_leads_out(stack: ComposeStack, service: str) -> None:
    attached = stack.inspect(service)["NetworkSettings"]["Networks"]
    inner, edge = (f"{stack.variables['PT_STACK']}_{name}" for name in ("net", "edge"))
    if service == "edge-gw":
        dead = f"{stack.variables['PT_EDGE']}.2"
        assert attached[edge]["Gateway"] == dead, "the forwarder's default route points at somebody"
        (network,) = json.loads(docker("network", "inspect", edge))
        taken = [container["IPv4Address"].split("/")[0] for container in network["Containers"].values()]
        assert dead not in taken
    assert attached[inner]["IPAddress"]


def test_a_gate_that_the_environment_opens_is_refused(stack: ComposeStack) -> None:
    run = stack.compose("run", "--rm", "-T", "--no-deps", "-e", "LIVE_TRADING=1", "futures_runner", "demo")
    assert run.returncode == 64, run.stderr
    assert "LIVE_TRADING" in run.stderr


def test_metrics_are_published_on_loopback(stack: ComposeStack) -> None:
    for name in ("CALENDAR", "DATASET", "RISK_GATE", "PAPER_BROKER"):
        port = stack.variables[f"PT_PORT_{name}_METRICS"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b"grpc_server_handled_total" in answer.read()


def test_the_demo_goes_through_the_containers(stack: ComposeStack, demo: dict) -> None:
    assert demo["orders"] > 0 and demo["fills"] > 0 and demo["blocks"]
    assert len(demo["rolls"]) == 2
    verified = stack.compose("run", "--rm", "-T", "futures_runner", "evidence", "verify", demo["pack"])
    assert verified.returncode == 0, verified.stderr
    listed = stack.compose("run", "--rm", "-T", "futures_runner", "runs", "list", "--json")
    assert demo["run_id"] in listed.stdout


@pytest.fixture(scope="session")
def client(stack: ComposeStack):
    with Stack(stack.endpoints, deadline_seconds=30) as connected:
        yield connected


@pytest.fixture
def trading(client: Stack, demo: dict, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A session of its own on the demo market: its id and a contract that is open at its clock."""
    dataset = client.dataset.GetDataset(dataset_pb2.GetDatasetRequest(dataset_id=demo["dataset_id"])).dataset
    contract = dataset.contracts[0]
    raw = client.bars("contract", contract, "1m").to_pandas()
    clock = next(instant for instant in raw.index[500:] if raw.loc[instant, "volume"] >= 1_000)
    session_id = f"{request.node.name}-{time.monotonic_ns()}".replace("[", "-").replace("]", "")[-64:]
    opening = broker_pb2.OpenSessionRequest(
        session_id=session_id, account="demo", cash_usd="1000000", dataset_id=dataset.dataset_id
    )
    opening.clock.FromDatetime(clock.to_pydatetime())
    client.paper_broker.OpenSession(opening)
    return session_id, contract


def is_filled(answer: broker_pb2.SubmitOrderResponse) -> bool:
    return bool(answer.executions) and answer.executions[-1].ord_status == OrdStatus.ORD_STATUS_FILLED


def test_an_order_by_grpcurl_through_the_forwarder(stack: ComposeStack, trading: tuple[str, str]) -> None:
    session_id, contract = trading

    def submit(key: str, symbol: str) -> dict:
        order = {
            "session_id": session_id,
            "account": "demo",
            "client_order_id": key,
            "contract": symbol,
            "side": "SIDE_BUY",
            "quantity": 1,
            "order_type": "ORDER_TYPE_MARKET",
            "time_in_force": "TIME_IN_FORCE_DAY",
        }
        method = "peaktrade.futures.broker.v1.PaperBrokerService/SubmitOrder"
        run = subprocess.run(
            [TOOLS / "venv/bin/grpcurl", "-plaintext", "-d", json.dumps({"order": order}), stack.endpoints.paper_broker, method],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    assert submit("grpcurl-1", contract)["executions"][-1]["ordStatus"] == "ORD_STATUS_FILLED"
    blocked = submit("grpcurl-2", "ESM2026")
    assert blocked["decision"] == "DECISION_BLOCK"
    assert blocked["reasons"][0]["reason"] == "REASON_INSTRUMENT_NOT_ALLOWED"


@pytest.mark.parametrize(("lose", "regain"), [("pause", "unpause"), ("kill", "start")])
def test_a_lost_gate_refuses_within_a_second_and_nothing_opens_later(
    stack: ComposeStack, client: Stack, trading: tuple[str, str], lose: str, regain: str
) -> None:
    session_id, contract = trading
    assert is_filled(client.submit_order(session_id, "demo", "before", contract, Side.SIDE_BUY, 1))
    gate = stack.container("risk-gate")
    docker(lose, gate)
    try:
        for attempt in range(3):
            start = time.monotonic()
            answer = client.submit_order(session_id, "demo", f"during-{attempt}", contract, Side.SIDE_BUY, 1)
            elapsed = time.monotonic() - start
            assert answer.executions[-1].ord_status == OrdStatus.ORD_STATUS_REJECTED, answer
            assert answer.executions[-1].text == "RISK_GATE_UNAVAILABLE"
            assert elapsed < REFUSAL_SECONDS_MAX, f"docker {lose}: refused after {elapsed:.2f} s"
    finally:
        docker(regain, gate)
    stack.wait_until_healthy("risk-gate")
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    attempt = 0
    while not is_filled(client.submit_order(session_id, "demo", f"after-{attempt}", contract, Side.SIDE_SELL, 1)):
        assert time.monotonic() < deadline, "the gate is back but not used"
        attempt += 1
        time.sleep(0.1)
    account = client.paper_broker.GetAccount(broker_pb2.GetAccountRequest(session_id=session_id))
    assert not account.positions and account.working_orders == 0, account
    for attempt in range(3):
        found = client.paper_broker.GetOrder(
            broker_pb2.GetOrderRequest(session_id=session_id, client_order_id=f"during-{attempt}")
        )
        assert found.execution.ord_status == OrdStatus.ORD_STATUS_REJECTED


def test_every_acknowledged_order_survives_a_killed_broker(
    stack: ComposeStack, client: Stack, trading: tuple[str, str]
) -> None:
    session_id, contract = trading

    def call_until_lost(caller: int) -> list[tuple[str, broker_pb2.SubmitOrderResponse]]:
        acknowledged = []
        with Stack(stack.endpoints, deadline_seconds=5) as own:
            for number in range(10_000):
                key = f"caller-{caller}-{number}"
                side = Side.SIDE_SELL if number % 2 else Side.SIDE_BUY
                try:
                    acknowledged.append((key, own.submit_order(session_id, "demo", key, contract, side, 1)))
                except grpc.RpcError:
                    break
        return acknowledged

    broker = stack.container("paper-broker")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        callers = [pool.submit(call_until_lost, caller) for caller in range(4)]
        time.sleep(1.5)
        docker("kill", broker)
        acknowledged = [answer for caller in callers for answer in caller.result()]
    assert len(acknowledged) > 50, f"only {len(acknowledged)} orders were acknowledged before the kill"
    docker("start", broker)
    stack.wait_until_healthy("paper-broker")
    for key, answer in acknowledged:
        found = client.paper_broker.GetOrder(broker_pb2.GetOrderRequest(session_id=session_id, client_order_id=key))
        assert found.execution == answer.executions[-1], key


def test_sigterm_drains(stack: ComposeStack) -> None:
    calendar = stack.container("calendar")
    start = time.monotonic()
    docker("stop", "--time", "10", calendar)
    assert time.monotonic() - start < 9, "the service did not end before it was killed"
    assert stack.inspect("calendar")["State"]["ExitCode"] == 0
    docker("start", calendar)
    stack.wait_until_healthy("calendar")
