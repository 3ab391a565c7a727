"""A flood of commands, and clients that do what they should not, while a guest computes.

qmp_flood.py FERRY BOARD KERNEL FOLDER prints the guest's speed under it as a part of its speed without, and how many
KiB the program grew. Speed is instructions a second of the program's processor time, so that other load does not count.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time

FERRY, BOARD, KERNEL, FOLDER = sys.argv[1:5]
PATH = f"{FOLDER}/{BOARD}.flood"
CLIENTS, COMMANDS = 50, 100_000


class Client:
    def __init__(self):
        # A socket is there a moment before somebody listens at it.
        end = time.monotonic() + 60
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(120)
            try:
                self.socket.connect(PATH)
                break
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.file = self.socket.makefile("rb")
        assert b"QMP" in self.file.readline()
        self.run("qmp_capabilities")

    def run(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            line = self.file.readline()
            if not line:
                raise SystemExit(f"{command}: the connection was closed")
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise SystemExit(f"{command}: {answer['error']['desc']}")


def processor_seconds():
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib():
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def guest_time():
    return watcher.run("x-ferry-state-get", path="/machine/clock/now")


class Speed:
    """Guest nanoseconds, which are instructions, a second of processor time since it was made."""

    def __init__(self):
        self.guest, self.host = guest_time(), processor_seconds()

    def value(self):
        return (guest_time() - self.guest) / (processor_seconds() - self.host)


def flood(client, count, failures):
    """Sends commands without waiting, and counts the answers."""
    part = b'{"execute": "query-status", "id": "flood"}' * 50
    sent = received = 0
    data = b""
    client.socket.setblocking(False)
    while received < count:
        readable, writable, _ = select.select(
            [client.socket], [client.socket] if sent < count and sent - received < 500 else [], [], 120)
        if not readable and not writable:
            return failures.append("no answer within 120 s")
        if writable:
            # All of it or, where the socket is full, the rest later.
            view = memoryview(part)
            while view:
                try:
                    view = view[client.socket.send(view):]
                except BlockingIOError:
                    select.select([], [client.socket], [], 120)
            sent += 50
        if readable:
            data = client.socket.recv(1 << 16)
            if not data:
                return failures.append("the connection was closed")
            received += data.count(b"\n")


def read_all(client, count, failures):
    """Reads to the end."""
    answers = sum(1 for _ in client.file)
    if answers != count:
        failures.append(f"{answers} answers of {count}")


process = subprocess.Popen(
    [FERRY, "run", "-M", BOARD, "-m", "32", "-display", "none", "-nodefaults", "-clock", "instructions", "-kernel", KERNEL,
     "-append", "quiet run=bench~memory~1000000", "-qmp", f"unix:{PATH},server=on,wait=off"])
try:
    while not os.path.exists(PATH):
        time.sleep(0.01)
    watcher = Client()
    time.sleep(1)
    quiet = Speed()
    time.sleep(3)
    alone = quiet.value()
    before = resident_kib()

    failures = []
    clients = [Client() for _ in range(CLIENTS)]
    under = Speed()
    threads = [threading.Thread(target=flood, args=(c, COMMANDS // CLIENTS, failures)) for c in clients]
    for thread in threads:
        thread.start()

    # Who asks for much and reads nothing; who has said its last and reads nothing; who sends 10 MB of nothing.
    slow = [Client() for _ in range(5)]
    for one in slow:
        one.socket.setblocking(False)
        try:
            while True:
                one.socket.send(b'{"execute": "query-qmp-schema"}' * 1000)
        except BlockingIOError:
            pass
    half = [Client() for _ in range(10)]
    for one in half:
        one.socket.sendall(b'{"execute": "query-commands"}' * 100)
        one.socket.shutdown(socket.SHUT_WR)
    readers = [threading.Thread(target=read_all, args=(one, 100, failures)) for one in half[:5]]
    for reader in readers:
        reader.start()
    garbage = Client()
    garbage.socket.sendall(os.urandom(10 << 20).replace(b"\n", b"?").replace(b"{", b"?") + b"\n")
    assert b"error" in garbage.file.readline()
    garbage.run("query-status")

    # A line of 1 GB, as far as it is taken.
    endless, sent = Client(), 0
    endless.socket.sendall(b'{"execute": "')
    try:
        while sent < 1 << 30:
            endless.socket.sendall(b"x" * (1 << 20))
            sent += 1 << 20
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert sent < 1 << 30, "1 GB in one line was taken"

    for thread in threads + readers:
        thread.join()
    ratio = under.value() / alone
    grown = resident_kib() - before
    assert not failures, failures
    assert watcher.run("query-status")["running"]
    watcher.run("quit")
    assert process.wait(30) == 0
    print(f"speed {ratio:.3f} grown {grown}")
finally:
    process.kill()
