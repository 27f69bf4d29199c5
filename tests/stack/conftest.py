"""The compose stack in containers of its own, beside whatever else runs on the host."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import time
from dataclasses import dataclass

import pytest

from peaktrade_futures import Endpoints

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "deploy" / "futures_cme" / "docker-compose.yml"
COMPOSE = os.environ.get("COMPOSE", "docker-compose").split()
SERVICES = ["calendar", "dataset", "risk-gate", "paper-broker", "edge-gw"]
HEALTHY_SECONDS_MAX = 90.0
PORTS = ["CALENDAR", "DATASET", "RISK_GATE", "PAPER_BROKER"]


def free_ports(count: int) -> list[int]:
    """Ports below the range from which Linux serves outgoing connections."""
    found: list[int] = []
    candidate = 21_000 + os.getpid() * 31 % 5_000
    while len(found) < count:
        candidate += 1
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
                found.append(candidate)
            except OSError:
                continue
    return found


@dataclass
class ComposeStack:
    """One compose project with its own names, network and ports."""

    project: str
    variables: dict[str, str]

    @property
    def endpoints(self) -> Endpoints:
        calendar, dataset, risk_gate, paper_broker = (f"127.0.0.1:{self.variables[f'PT_PORT_{name}']}" for name in PORTS)
        return Endpoints(calendar, dataset, risk_gate, paper_broker)

    def compose(self, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMPOSE, "-p", self.project, "-f", str(COMPOSE_FILE), *arguments],
            env=os.environ | self.variables,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def container(self, service: str) -> str:
        """Id of a service's container; names differ between compose generations, labels do not."""
        labels = {"com.docker.compose.project": self.project, "com.docker.compose.service": service}
        filters = [word for pair in labels.items() for word in ("--filter", "label={}={}".format(*pair))]
        (found,) = docker("ps", "--all", "--quiet", "--no-trunc", *filters).split()
        return found

    def inspect(self, service: str) -> dict:
        (found,) = json.loads(docker("inspect", self.container(service)))
        return found

    def wait_until_healthy(self, *services: str) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS_MAX
        for service in services:
            while (state := self.inspect(service)["State"]).get("Health", {}).get("Status") != "healthy":
                logs = self.compose("logs", "--tail", "20", service).stdout
                assert state["Running"], f"{service} ended with {state['ExitCode']}:\n{logs}"
                assert time.monotonic() < deadline, f"{service} is {state.get('Health')}:\n{logs}"
                time.sleep(0.2)


def docker(*arguments: str) -> str:
    run = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"docker {arguments}: {run.stderr}"
    return run.stdout


@pytest.fixture(scope="session")
def stack():
    """A healthy stack; containers, networks and volumes are removed at the end."""
    ports = free_ports(10)
    suffix = os.getpid()
    variables = {
        "PT_IMAGE_TARGET": "prebuilt",
        "PT_STACK": f"pt_test_{suffix}",
        "PT_EDGE": f"10.203.{suffix % 128 + 100}",
        "COMPOSE_IGNORE_ORPHANS": "1",
    }
    variables |= {f"PT_PORT_{name}": str(ports.pop()) for name in PORTS}
    variables |= {f"PT_PORT_{name}_METRICS": str(ports.pop()) for name in PORTS}
    variables |= {f"PT_PORT_{name}": str(ports.pop()) for name in ("PROMETHEUS", "GRAFANA")}
    running = ComposeStack(f"pt-test-{suffix}", variables)
    try:
        up = running.compose("up", "-d", "--no-build")
        assert up.returncode == 0, up.stderr + running.compose("logs", "--tail", "20").stdout
        running.wait_until_healthy(*SERVICES)
        yield running
    finally:
        for service in SERVICES:
            # A container that a test left paused cannot be stopped.
            subprocess.run(["docker", "unpause", *_ids(running, service)], capture_output=True, timeout=30)
        down = running.compose("--profile", "observability", "down", "-v", "--timeout", "10")
        assert down.returncode == 0, down.stderr


@pytest.fixture(scope="session")
def demo(stack: ComposeStack) -> dict:
    """The demo, run by the runner's container through the four others."""
    run = stack.compose("run", "--rm", "-T", "futures_runner", "demo", "--json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _ids(stack: ComposeStack, service: str) -> list[str]:
    try:
        return [stack.container(service)]
    except (AssertionError, ValueError):
        return []
