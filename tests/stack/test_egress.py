"""Nothing in the stack reaches anything outside of it: tried from each container's network, not read from the file.

The same probe must succeed from an ordinary container, so that it can fail. "Outside" is a network namespace of the
test's own with a route back; the host's listeners are bound to its addresses on bridges of the test and to loopback.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import pytest
from conftest import SERVICES, ComposeStack, docker

HERE = pathlib.Path(__file__).resolve().parent
SUFFIX = os.getpid()
# TEST-NET-2: addresses that nobody has.
HOST_SIDE, OUTSIDE = "198.51.100.1", "198.51.100.2"
EMBEDDED_RESOLVER = "127.0.0.11"
LOOPBACK = "127.0.0.1"
WITHOUT_PRIVILEGES = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
READY_SECONDS_MAX = 20.0
TOKENS = itertools.count(1)


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{words}: {done.stderr}"


@dataclass
class Listener:
    """A process that listens, and the lines that it has said."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @staticmethod
    def start(prefix: list[str], addresses: list[str]) -> Listener:
        words = [*prefix, sys.executable, str(HERE / "listener.py"), *addresses]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        listener = Listener(process)
        threading.Thread(target=listener.follow, daemon=True).start()
        wanted = sum(1 if address.startswith("dns:") else 2 for address in addresses)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while sum(line.startswith("ready") for line in listener.lines) < wanted:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, listener.lines
            time.sleep(0.02)
        return listener

    def follow(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def has_heard(self, token: str) -> bool:
        return any(token in line for line in self.lines)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)


@dataclass
class World:
    """What lies around the stack: an outside, the host, and an ordinary container to compare with."""

    outside: Listener
    host: Listener
    host_addresses: list[str]
    ordinary: str

    def has_heard(self, token: str) -> bool:
        return self.outside.has_heard(token) or self.host.has_heard(token)


@dataclass(frozen=True)
class Outcome:
    """What a probe got, and whether any listener heard of it."""

    reached: bool
    heard: bool
    problem: str


@pytest.fixture(scope="module")
def world(stack: ComposeStack):
    namespace, veth, peer, network = (f"{name}{SUFFIX}" for name in ("pt-out-", "pto", "pti", "pt-ordinary-"))
    listeners: list[Listener] = []
    container = ""
    try:
        run("ip", "netns", "add", namespace)
        run("ip", "link", "add", veth, "type", "veth", "peer", "name", peer, "netns", namespace)
        run("ip", "address", "add", f"{HOST_SIDE}/30", "dev", veth)
        run("ip", "link", "set", veth, "up")
        inside = ["ip", "netns", "exec", namespace]
        run(*inside, "ip", "address", "add", f"{OUTSIDE}/30", "dev", peer)
        run(*inside, "ip", "link", "set", peer, "up")
        run(*inside, "ip", "link", "set", "lo", "up")
        run(*inside, "ip", "route", "add", "default", "via", HOST_SIDE)
        docker("network", "create", network)
        (described,) = json.loads(docker("network", "inspect", network))
        gateway = described["IPAM"]["Config"][0]["Gateway"]
        gates = [word for gate in stack.inspect("calendar")["Config"]["Env"] for word in ("--env", gate)]
        image = stack.inspect("calendar")["Config"]["Image"]
        container = docker("run", "--detach", "--network", network, "--dns", OUTSIDE, *gates, image).strip()
        edge = f"{stack.variables['PT_EDGE']}.1"
        host_addresses = [HOST_SIDE, gateway, edge]
        listeners.append(Listener.start(inside, [OUTSIDE, f"dns:{OUTSIDE}"]))
        listeners.append(Listener.start([], [*host_addresses, f"dns:{LOOPBACK}"]))
        yield World(listeners[0], listeners[1], host_addresses, container)
    finally:
        for listener in listeners:
            listener.stop()
        for words in (
            ["docker", "rm", "--force", container],
            ["docker", "network", "rm", network],
            ["ip", "link", "delete", veth],
            ["ip", "netns", "delete", namespace],
        ):
            subprocess.run(words, capture_output=True, timeout=30)


def probe(world: World, container: str, attempts: list[tuple[str, str]]) -> dict[tuple[str, str], Outcome]:
    """Tries kinds and addresses at once in a container's network, without any capability, as its processes are."""
    pid = docker("inspect", "--format", "{{.State.Pid}}", container).strip()
    words = ["nsenter", "--target", pid, "--net", "--", *WITHOUT_PRIVILEGES, sys.executable, str(HERE / "probe.py")]

    def attempt(kind: str, address: str, token: str) -> dict:
        done = subprocess.run([*words, kind, address, token], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    tokens = [f"t{next(TOKENS)}x{SUFFIX}" for _ in attempts]
    with concurrent.futures.ThreadPoolExecutor(len(attempts)) as pool:
        pending = [pool.submit(attempt, *wanted, token) for wanted, token in zip(attempts, tokens)]
        found = [answer.result() for answer in pending]
    # A datagram that left without an answer is heard a moment later.
    time.sleep(0.2)
    return {
        wanted: Outcome(answer["reached"], world.has_heard(token), answer["problem"])
        for wanted, answer, token in zip(attempts, found, tokens)
    }


def test_an_ordinary_container_reaches_what_the_stack_must_not(world: World) -> None:
    outside = [("tcp", OUTSIDE), ("udp", OUTSIDE), ("dns", OUTSIDE), ("dns", EMBEDDED_RESOLVER)]
    host = [(kind, address) for address in world.host_addresses[:2] for kind in ("tcp", "udp")]
    for wanted, found in probe(world, world.ordinary, outside + host).items():
        assert found.reached and found.heard, f"{wanted}: {found}"


def test_the_loopback_resolver_of_the_host_answers_the_host(world: World) -> None:
    words = [sys.executable, str(HERE / "probe.py"), "dns", LOOPBACK, f"own{SUFFIX}"]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout)
    assert found["reached"] and world.host.has_heard(f"own{SUFFIX}"), found


@pytest.mark.parametrize("service", SERVICES)
def test_no_container_reaches_anything_outside(stack: ComposeStack, world: World, service: str) -> None:
    attempts = [("tcp", OUTSIDE), ("udp", OUTSIDE), ("dns", OUTSIDE), ("dns", EMBEDDED_RESOLVER)]
    for wanted, found in probe(world, stack.container(service), attempts).items():
        assert not found.reached and not found.heard, f"{service}: {wanted}: {found}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_container_reaches_a_listener_on_the_host(stack: ComposeStack, world: World, service: str) -> None:
    attempts = [(kind, address) for address in world.host_addresses for kind in ("tcp", "udp")]
    found = probe(world, stack.container(service), attempts)
    reached = {address for (_, address), outcome in found.items() if outcome.reached or outcome.heard}
    # The forwarder sits on a bridge on which the host publishes its ports, and reaches the host's own address on it.
    edge = f"{stack.variables['PT_EDGE']}.1"
    assert reached == ({edge} if service == "edge-gw" else set()), f"{service} reaches {reached} on the host"
