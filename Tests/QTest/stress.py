"""Sends random lines, good and bad ones, to every control of a running machine, and sees that it lives.

    stress.py --seconds 60 --seed 1 PROGRAM [OPTIONS…]
"""

import argparse
import json
import os
import random
import select
import socket
import subprocess
import sys
import tempfile
import time

HMP = """help|help info|info status|info version|info registers|info cpus|info mtree|info mem|info tlb|info pic
info lapic|info ioapic|info irq|info qtree|info block|info chardev|info snapshots|info migrate|info jit|info name
info roms|info device rtc|info device nothing|x /10i 0x7c00|x /4xg 0|x /2000000000xb 0|xp /3c 0xb8000|xp /s 0x400
print 1+2*3|print (((|print $pc|print 1/0|p 9999999999999999999999|i /b 0x61|i /q 1|o /b 0x80 1|stop|cont|step|step 1000
system_reset|sendkey ret|sendkey ctrl-alt-delete|sendkey nothing|mouse_move 5 5|mouse_button 1|mouse_button 255
set rtc nothing 1|nmi|log all|log none|logfile|gdbserver none|gdbserver nothing:|screendump /dev/null
screendump /nowhere/x|savevm|loadvm nothing|sum 0 4096|memsave|""".replace("\n", "|").split("|")

QMP = """query-status query-version query-commands query-qmp-schema query-cpus-fast query-machines query-cpu-definitions
query-block query-chardev query-name query-uuid query-kvm query-memory-size-summary query-command-line-options stop cont
system_reset inject-nmi qom-list qom-get qom-set qom-list-types human-monitor-command memsave pmemsave screendump send-key
input-send-event x-ferry-state-get x-ferry-state-set x-ferry-state-schema qmp_capabilities nothing""".split()

KEYS = ["path", "property", "value", "command-line", "filename", "val", "size", "keys", "events", "id", "device", "cpu-index"]

QTEST = """inb inw inl outb outw outl readb readw readl readq writeb writew writel writeq read write b64read b64write
memset clock_step clock_set irq_intercept_in irq_intercept_out set_irq_in endianness module_load nothing""".split()


def number(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return str(rng.randrange(256))
    if kind == 1:
        return hex(rng.randrange(0x10000))
    if kind == 2:
        return hex(rng.getrandbits(32))
    if kind == 3:
        return hex(rng.getrandbits(70))
    if kind == 4:
        return str(-rng.getrandbits(rng.randrange(1, 70)))
    return rng.choice(["", "zz", "0x", "-", "0", "é", "%n%s", "1" * 300])


def damage(rng, line):
    """Now and then something is lost, doubled or changed on the way."""
    data = bytearray(line.encode())
    while data and rng.random() < 0.1:
        place = rng.randrange(len(data))
        kind = rng.randrange(3)
        if kind == 0:
            del data[place : place + rng.randrange(1, 8)]
        elif kind == 1:
            data[place:place] = data[place : place + 20]
        else:
            data[place] = rng.randrange(256)
    return bytes(data)


def qtest_line(rng):
    words = [rng.choice(QTEST)]
    if words[0] == "set_irq_in" or words[0].startswith("irq"):
        words.append(rng.choice(["ioapic", "pic", "pit", "/machine/rtc", "nothing", "/", "serial0"]))
        words.append(rng.choice(["unnamed-gpio-in", "irq", "pin"]))
    words += [number(rng) for _ in range(rng.randrange(5))]
    return " ".join(words) + "\n"


def hmp_line(rng):
    # A monitor's quit would end what is to live.
    line = rng.choice(HMP)
    if rng.random() < 0.3:
        line += " " + number(rng)
    return line + "\n"


def value(rng, depth=0):
    kind = rng.randrange(8 if depth < 4 else 6)
    if kind < 2:
        return rng.choice(["/machine/rtc", "/machine", "/machine/pit/nothing", "nothing", "info status", "/dev/null", ""])
    if kind == 2:
        return rng.getrandbits(rng.randrange(1, 70))
    if kind == 3:
        return -rng.getrandbits(20) / 7
    if kind == 4:
        return rng.choice([True, False, None])
    if kind == 5:
        return rng.randrange(100)
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def qmp_line(rng):
    command = {"execute": rng.choice(QMP), "id": rng.randrange(1000)}
    if rng.random() < 0.7:
        command["arguments"] = {rng.choice(KEYS): value(rng) for _ in range(rng.randrange(5))}
    return json.dumps(command) + "\n"


class Peer:
    """One control: its socket, what it is sent, and a question whose answer shows that it lives."""

    def __init__(self, path, make, question, answer, hello=b""):
        self.path, self.make, self.question, self.answer, self.hello = path, make, question, answer, hello
        self.connections = 0
        self.connect()

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.socket.setblocking(False)
        self.tail = b""
        self.waiting = self.hello
        self.connections += 1

    def feed(self, rng):
        if not self.waiting:
            self.waiting = b"".join(damage(rng, self.make(rng)) for _ in range(rng.randrange(1, 20)))
        try:
            self.waiting = self.waiting[self.socket.send(self.waiting) :]
        except BlockingIOError:
            pass
        except OSError:
            self.reconnect()

    def read(self):
        try:
            data = self.socket.recv(1 << 18)
            if data:
                self.tail = (self.tail + data)[-65536:]
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.reconnect()

    def reconnect(self):
        self.socket.close()
        self.connect()

    def lives(self, seconds):
        """Whether a new connection gets its answer."""
        end = time.monotonic() + seconds
        self.socket.close()
        while time.monotonic() < end:
            self.connect()
            self.waiting += self.question
            while time.monotonic() < end and self.socket.fileno() >= 0:
                ready = select.select([self.socket], [self.socket] if self.waiting else [], [], 0.5)
                try:
                    if ready[1]:
                        self.waiting = self.waiting[self.socket.send(self.waiting) :]
                    if ready[0]:
                        data = self.socket.recv(65536)
                        if not data:
                            break
                        self.tail += data
                except OSError:
                    break
                if self.answer in self.tail:
                    return True
            time.sleep(0.05)
        return False


def memory(pid):
    """Resident memory that is not the guest's RAM behind a file, in MiB."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=int, default=768, help="the most MiB that the program may have")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: os.path.join(folder, name) for name in ("qtest", "qmp", "monitor")}
        command = options.program + ["-display", "none", "-serial", "null", "-qtest-log", "none"]
        for name, path in paths.items():
            command += ["-" + name, f"unix:{path},server=on,wait=off"]
        # Nothing that a command writes lands anywhere else.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=folder)
        try:
            while not all(os.path.exists(path) for path in paths.values()):
                if process.poll() is not None:
                    sys.exit(f"{command[0]} ended with status {process.returncode}")
                time.sleep(0.01)
            hello = b'{"execute": "qmp_capabilities"}\n'
            peers = [
                Peer(paths["qtest"], qtest_line, b"endianness\n", b"OK little"),
                Peer(paths["qmp"], qmp_line, b'{"execute": "query-status", "id": "lives"}\n', b'"id": "lives"', hello),
                Peer(paths["monitor"], hmp_line, b"info version\n", b"erry"),
            ]
            end = time.monotonic() + options.seconds
            most = 0
            while time.monotonic() < end:
                if process.poll() is not None:
                    sys.exit(f"seed {options.seed}: it ended with status {process.returncode}")
                by_socket = {peer.socket: peer for peer in peers}
                readable, writable, _ = select.select(by_socket, by_socket, [], 1)
                for ready in readable:
                    by_socket[ready].read()
                for ready in writable:
                    if ready.fileno() >= 0:
                        by_socket[ready].feed(rng)
                most = max(most, memory(process.pid))
                if most > options.memory:
                    sys.exit(f"seed {options.seed}: it has {most} MiB")
                if rng.random() < 0.001:
                    rng.choice(peers).reconnect()
            for peer in peers:
                if not peer.lives(20):
                    sys.exit(f"seed {options.seed}: {os.path.basename(peer.path)} does not answer: {peer.tail[-300:]}")
            print(f"seed {options.seed}: lives, with at most {most} MiB; {[peer.connections for peer in peers]} connections")
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
