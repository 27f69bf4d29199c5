"""Listens for the egress tests and says of every connection, datagram and look-up that it came.

Run with the addresses to listen on as arguments. Standard library only: it runs in other network namespaces.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading

PORT = 7_007
DNS_PORT = 53
"""Where look-ups come in, on the addresses that are marked with `dns:`."""


SAYING = threading.Lock()


def say(*words: object) -> None:
    with SAYING:
        print(*words, flush=True)


def take_connections(address: str) -> None:
    with socket.create_server((address, PORT)) as server:
        say("ready", address, "tcp")
        while True:
            connection, _ = server.accept()
            with connection:
                # Who connects and is gone before it has said a word counts as one who came, too.
                connection.settimeout(2)
                token = b""
                with contextlib.suppress(OSError):
                    token = connection.recv(64)
                    connection.sendall(token)
                say("tcp", address, token.decode(errors="replace"))


def take_datagrams(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, PORT))
        say("ready", address, "udp")
        while True:
            token, sender = server.recvfrom(64)
            say("udp", address, token.decode(errors="replace"))
            server.sendto(token, sender)


def answer_lookups(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, DNS_PORT))
        say("ready", address, "dns")
        while True:
            question, sender = server.recvfrom(512)
            say("dns", address, question_name(question))
            # The same question, answered with one address that stands for nobody.
            record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04" + socket.inet_aton("192.0.2.1")
            server.sendto(question[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question[12:] + record, sender)


def question_name(question: bytes) -> str:
    labels, at = [], 12
    while at < len(question) and question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode(errors="replace"))
        at += 1 + question[at]
    return ".".join(labels)


def main() -> None:
    takers = []
    for argument in sys.argv[1:]:
        kind, _, address = argument.rpartition(":")
        of_kind = (answer_lookups,) if kind == "dns" else (take_connections, take_datagrams)
        takers += [threading.Thread(target=take, args=(address,), daemon=True) for take in of_kind]
    for taker in takers:
        taker.start()
    # Until whoever started it closes its input.
    sys.stdin.read()


if __name__ == "__main__":
    main()
