"""The real binaries as processes on free loopback ports, for the Python client tests."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import time
from dataclasses import dataclass, field

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BINARIES = pathlib.Path(os.environ.get("PEAKTRADE_BINARIES", TARGET / "release"))
TOOLS = TARGET / "test-tools"
SHARED = pathlib.Path(os.environ.get("PEAKTRADE_SHARED", ROOT.parent / "shared" / "data"))

# Longest start of one service on a busy machine.
START_SECONDS_MAX = 30.0
# The services drain for at most 5 s.
STOP_SECONDS_MAX = 10.0

GATES = {
    "PEAK_OFFLINE": "1",
    "LIVE_TRADING": "0",
    "BROKER_MODE": "replay",
    "INSTRUMENT_ALLOWLIST": "NQ,MNQ",
    "CME_FUTURES_ENABLED": "1",
}
# Binary, the variable under which the others find it, and its fully qualified gRPC service.
SERVICES = {
    "calendar": ("CALENDAR_ENDPOINT", "peaktrade.futures.calendar.v1.CalendarService"),
    "dataset": ("DATASET_ENDPOINT", "peaktrade.futures.dataset.v1.DatasetService"),
    "risk-gate": ("RISK_GATE_ENDPOINT", "peaktrade.futures.risk.v1.RiskGateService"),
    "paper-broker": ("PAPER_BROKER_ENDPOINT", "peaktrade.futures.broker.v1.PaperBrokerService"),
}
# On the dataset's port as well; it has health but, as with every Flight server, no reflection.
FLIGHT_SERVICE = "arrow.flight.protocol.FlightService"


def free_ports(count: int) -> list[int]:
    """Ports below the range from which Linux serves outgoing connections, each free a moment ago."""
    found: list[int] = []
    candidate = 6_000 + os.getpid() * 31 % 5_000
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
class RunningStack:
    """Four processes; addresses are `host:port`."""

    folder: pathlib.Path
    addresses: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which peakctl finds the stack."""
        endpoints = {variable: f"http://{self.addresses[name]}" for name, (variable, _) in SERVICES.items()}
        folders = {"DATA_DIR": str(self.folder / "data"), "EVIDENCE_DIR": str(self.folder / "evidence")}
        return GATES | endpoints | folders

    def start(self) -> None:
        ports = free_ports(2 * len(SERVICES))
        for name in SERVICES:
            self.addresses[name], self.metrics[name] = (f"127.0.0.1:{ports.pop()}" for _ in range(2))
        illustrative = ROOT / "deploy" / "futures_cme" / "illustrative"
        for name in SERVICES:
            own = {
                "LISTEN": self.addresses[name],
                "METRICS_LISTEN": self.metrics[name],
                "RISK_POLICY_FILE": str(illustrative / "risk_policy.toml"),
                "FEES_FILE": str(illustrative / "fees.toml"),
                "MARGINS_FILE": str(illustrative / "margins.toml"),
            }
            with open(self.folder / f"{name}.log", "wb") as log:
                self.processes[name] = subprocess.Popen(
                    [BINARIES / name], env=self.environment | own, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            self._wait_until_serving(name)

    def _wait_until_serving(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        with grpc.insecure_channel(self.addresses[name]) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while True:
                try:
                    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                except grpc.RpcError:
                    pass
                log = self.folder / f"{name}.log"
                assert self.processes[name].poll() is None, f"{name} ended:\n{log.read_text()}"
                assert time.monotonic() < deadline, f"{name} does not serve:\n{log.read_text()}"
                time.sleep(0.02)

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def peakctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BINARIES / "peakctl", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory):
    """An empty stack of four processes."""
    running = RunningStack(tmp_path_factory.mktemp("stack"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def real_files() -> list[pathlib.Path]:
    """The two real NinjaTrader files; they are not part of the repository."""
    files = [SHARED / "ninjatrader" / f"NQ {month}-25.Last.txt.gz" for month in ("03", "06")]
    if not all(file.is_file() for file in files):
        pytest.skip(f"no real NQ files in {SHARED} (PEAKTRADE_SHARED names another folder)")
    return files
