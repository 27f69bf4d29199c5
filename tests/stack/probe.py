"""Tries, from where it runs, to reach a listener and to look a name up; prints what it got as JSON.

    probe.py KIND ADDRESS TOKEN        KIND is tcp, udp or dns

`reached` is whether an answer came. Standard library only: it runs in the network namespaces of containers.
"""

from __future__ import annotations

import json
import socket
import struct
import sys

from listener import DNS_PORT, PORT

SECONDS = 2


def tcp(address: str, token: str) -> bytes:
    with socket.create_connection((address, PORT), timeout=SECONDS) as connection:
        connection.sendall(token.encode())
        return connection.recv(64)


def udp(address: str, token: str) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(SECONDS)
        client.sendto(token.encode(), (address, PORT))
        return client.recv(64)


def dns(address: str, token: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in (token, "example"))
    question = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(SECONDS)
        client.sendto(question, (address, DNS_PORT))
        answer = client.recv(512)
    # Only an answer that holds a record resolves the name; a refusal is an answer as well.
    return answer if struct.unpack(">H", answer[6:8])[0] else b""


def main() -> None:
    kind, address, token = sys.argv[1:]
    try:
        reached, problem = bool({"tcp": tcp, "udp": udp, "dns": dns}[kind](address, token)), ""
    except OSError as error:
        reached, problem = False, f"{type(error).__name__}: {error}"
    print(json.dumps({"reached": reached, "problem": problem}))


if __name__ == "__main__":
    main()
