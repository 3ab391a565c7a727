"""A client of the device test protocol, for Ferry and for QEMU alike. It needs nothing but Python itself.

    with QTest(["ferry", "run", "-M", "microvm"]) as test:
        test.outb(0x43, 0x34)
        print(test.inb(0x40))
"""

import base64
import os
import select
import socket
import subprocess
import tempfile


class Failure(Exception):
    """The answer was not OK."""


class QTest:
    """One machine without a guest: its ports, its memory, its interrupt lines, and its time."""

    def __init__(self, command, timeout=60):
        """Starts `command` (a list) with -accel qtest, and waits for it to connect."""
        self.timeout = timeout
        self.irqs = {}
        self.events = []
        self._received = b""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "qtest")
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(timeout)
            self.process = subprocess.Popen(
                list(command)
                + ["-accel", "qtest", "-qtest", "unix:" + path, "-qtest-log", "none"]
                + ["-display", "none", "-nodefaults"],
                stdin=subprocess.DEVNULL,
            )
            # A process that ends at once never connects.
            while not select.select([listener], [], [], 0.1)[0]:
                if self.process.poll() is not None:
                    raise Failure(f"{command[0]} ended with status {self.process.returncode}")
            self.socket, _ = listener.accept()
            self.socket.settimeout(timeout)
            listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the process."""
        self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # Lines

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def receive(self):
        """The next line."""
        while b"\n" not in self._received:
            more = self.socket.recv(1 << 16)
            if not more:
                raise Failure("the connection was closed")
            self._received += more
        line, self._received = self._received.split(b"\n", 1)
        return line.decode()

    def exchange(self, line):
        """Sends a line; all lines up to and with its answer. Levels of interrupt lines are remembered."""
        self.send(line)
        answers = []
        while True:
            answer = self.receive()
            answers.append(answer)
            words = answer.split()
            if words[0] != "IRQ":
                return answers
            self.irqs[int(words[2])] = words[1] == "raise"
            self.events.append((words[1], int(words[2])))

    def command(self, line):
        """Sends a line; what its answer says after OK."""
        answer = self.exchange(line)[-1]
        if answer.split()[0] != "OK":
            raise Failure(f"{line}: {answer}")
        return answer[3:]

    # Commands

    def _number(self, *words):
        return int(self.command(" ".join(w if isinstance(w, str) else hex(w) for w in words)), 0)

    def outb(self, port, value): self.command(f"outb {port:#x} {value:#x}")
    def outw(self, port, value): self.command(f"outw {port:#x} {value:#x}")
    def outl(self, port, value): self.command(f"outl {port:#x} {value:#x}")
    def inb(self, port): return self._number("inb", port)
    def inw(self, port): return self._number("inw", port)
    def inl(self, port): return self._number("inl", port)

    def writeb(self, address, value): self.command(f"writeb {address:#x} {value:#x}")
    def writew(self, address, value): self.command(f"writew {address:#x} {value:#x}")
    def writel(self, address, value): self.command(f"writel {address:#x} {value:#x}")
    def writeq(self, address, value): self.command(f"writeq {address:#x} {value:#x}")
    def readb(self, address): return self._number("readb", address)
    def readw(self, address): return self._number("readw", address)
    def readl(self, address): return self._number("readl", address)
    def readq(self, address): return self._number("readq", address)

    def read(self, address, size):
        return bytes.fromhex(self.command(f"read {address:#x} {size:#x}")[2:])

    def write(self, address, data):
        self.command(f"write {address:#x} {len(data):#x} 0x{data.hex()}")

    def b64read(self, address, size):
        return base64.b64decode(self.command(f"b64read {address:#x} {size:#x}"))

    def b64write(self, address, data):
        self.command(f"b64write {address:#x} {len(data):#x} {base64.b64encode(data).decode()}")

    def memset(self, address, size, value):
        self.command(f"memset {address:#x} {size:#x} {value:#x}")

    def clock_step(self, nanoseconds=None):
        """Moves the time, to the next timer without an argument; what it is then, in nanoseconds."""
        return int(self.command("clock_step" if nanoseconds is None else f"clock_step {nanoseconds}"))

    def clock_set(self, nanoseconds):
        return int(self.command(f"clock_set {nanoseconds}"))

    def irq_intercept_in(self, path): self.command(f"irq_intercept_in {path}")
    def irq_intercept_out(self, path): self.command(f"irq_intercept_out {path}")

    def set_irq_in(self, path, name, number, level):
        self.command(f"set_irq_in {path} {name} {number} {level}")

    def irq(self, number):
        """Whether the line was last raised."""
        return self.irqs.get(number, False)
