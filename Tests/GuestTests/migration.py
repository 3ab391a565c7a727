#!/usr/bin/env python3
"""Two processes hand a guest back and forth under load, and nothing is lost.

usage: migration.py FERRY KIND GUESTS ROUNDS FOLDER [OTHER-FERRY [BOARD]]

OTHER-FERRY may be another build; where it is older, BOARD is one that it has, such as microvm-3.

KIND is debian (i386, two CPUs), virtio (i386 with a virtio disk that both sides share), integrator, whose SD card both sides share, or mirror, where each side has its own,
which becomes a copy of the other's. One side executes host code, the other interprets. The guest counts, compresses and sums in a loop and prints what it gets, and its screen
scrolls; every line is checked, at the serial port and at the keyboard input is typed while it moves, and the digests of
both sides are compared by the program itself.
"""
import hashlib, json, os, re, select, socket, subprocess, sys, time

FERRY, KIND, GUESTS, ROUNDS, FOLDER = sys.argv[1:6]
OTHER = sys.argv[6] if len(sys.argv) > 6 else FERRY
BOARD = sys.argv[7] if len(sys.argv) > 7 else "microvm" if KIND in ("debian", "virtio") else "integratorcp"
ROUNDS = int(ROUNDS)
LOOP = ("cat~/dev/tty1~>~/dev/console~&~n=0;dd~if=/bin/busybox~of=/tmp/b~bs=4096~count=24~2>/dev/null;while~:;do~n=$((n+1));"
        "s=$(gzip~-c~/tmp/b|gzip~-dc|sha256sum|cut~-c1-16);seq~9~>~/dev/tty1;echo~TICK~$n~$s;done")


class QMP:
    def __init__(self, path):
        self.socket = connect(path)
        self.buffer = b""
        self.read()
        self.run("qmp_capabilities")

    def read(self):
        while b"\n" not in self.buffer:
            part = self.socket.recv(65536)
            if not part:
                raise SystemExit("QMP was closed")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def run(self, command, unless=None, **arguments):
        """What the command answers; nothing where it fails with what `unless` says."""
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = self.read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer and unless and unless in answer["error"]["desc"]:
                return None
            if "error" in answer:
                raise SystemExit(f"{command}: {answer['error']['desc']}")


def connect(path):
    end = time.time() + 30
    while True:
        try:
            made = socket.socket(socket.AF_UNIX)
            made.connect(path)
            return made
        except OSError:
            if time.time() > end:
                raise
            time.sleep(0.01)


SIDES = []


class Side:
    def __init__(self, name, ferry, options):
        self.name = name
        path = f"{FOLDER}/{name}"
        self.errors = open(f"{path}.err", "w+")
        self.process = subprocess.Popen(
            [ferry, "run", *options, "-display", "none", "-nodefaults", "-monitor", "none",
             "-serial", f"unix:{path}.tty,server=on,wait=on", "-qmp", f"unix:{path}.qmp,server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        SIDES.append(self)
        self.tty = None
        self.qmp = None

    def attach(self):
        """Its terminal: the board, and with it the socket, may come with the machine."""
        if self.tty is None:
            self.tty = connect(f"{FOLDER}/{self.name}.tty")
            self.tty.setblocking(False)
        return self

    def control(self):
        if self.qmp is None:
            self.qmp = QMP(f"{FOLDER}/{self.name}.qmp")
        return self.qmp

    def output(self):
        text = b""
        while True:
            try:
                part = self.tty.recv(65536)
            except BlockingIOError:
                return text
            if not part:
                return text
            text += part

    def memory(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1])


def card(side):
    return f"{FOLDER}/card-{side if KIND == 'mirror' else 'a'}.img"


def with_disk(name):
    """The loop that also writes a sector of that disk each time."""
    return LOOP.replace("echo~TICK", f"echo~$n~$s~|dd~of=/dev/{name}~bs=512~seek=$((n%1000))~conv=sync,fsync~2>/dev/null;echo~TICK")


def board(side):
    if KIND == "debian":
        return ["-M", BOARD, "-m", "128", "-smp", "2", "-kernel", f"{GUESTS}/i386/vmlinuz",
                "-initrd", f"{GUESTS}/i386/initrd.gz", "-append",
                f"console=ttyS0 panic=-1 reboot=t quiet run={LOOP}"]
    with open(card(side), "wb") as file:
        file.truncate(64 << 20)
    if KIND == "virtio":
        return ["-M", BOARD, "-m", "128", "-kernel", f"{GUESTS}/i386/vmlinuz", "-initrd", f"{GUESTS}/i386/initrd.gz",
                "-drive", f"file={card(side)},id=d,format=raw", "-device", "virtio-blk-device,drive=d", "-append",
                f"console=ttyS0 panic=-1 reboot=t quiet run={with_disk('vda')}"]
    return ["-M", BOARD, "-m", "64", "-kernel", f"{GUESTS}/arm/vmlinuz", "-initrd",
            f"{GUESTS}/arm/initrd.gz", "-drive", f"file={card(side)},if=sd,format=raw", "-append",
            f"console=ttyAMA0 panic=-1 quiet run={with_disk('mmcblk0')}"]


def main():
    if KIND == "mirror":
        board("b")
    options = board("a")
    disks = [word.replace(card("a"), card("b")) for flag, word in zip(options, options[1:]) if flag == "-drive"]
    here = Side("a", FERRY, options + ["-accel", "jit"]).attach()
    text = b""
    end = time.time() + 240
    while b"TICK 2 " not in text:
        text += here.output()
        if time.time() > end:
            raise SystemExit(f"the guest does not come up: {text[-500:]}")
        time.sleep(0.05)
    text = text[text.index(b"TICK 1 "):]
    there = Side("b", OTHER, ["-accel", "interpreter", "-incoming", f"unix:{FOLDER}/way0"] + [w for d in disks for w in ("-drive", d)])
    downtimes, totals, first, typed, pressed, packed, differences, requests = [], [], None, 0, 0, 0, 0, 0
    for count in range(ROUNDS):
        if count > 0:
            there.control().run("migrate-incoming", uri=f"unix:{FOLDER}/way{count}")
        while not os.path.exists(f"{FOLDER}/way{count}"):
            time.sleep(0.01)
        # The terminal's echo shows whether what is typed at the last moment arrives.
        if count < 1500:
            here.tty.send(b"..")
            typed += 2
        # As soon as the guest has time for its keyboard, it says what was typed there.
        if text.count(b"k") == pressed:
            here.control().run("x-ferry-type", text="k\n")
            pressed += 1
        # Every other time pages go as differences, and packed, where this side can do that.
        known = {entry["capability"] for entry in here.control().run("query-migrate-capabilities")}
        here.control().run("migrate-set-capabilities", capabilities=[
            {"capability": name, "state": count % 2 == 1} for name in known & {"xbzrle", "compress"}])
        # Every third time the guest goes before its memory, where both sides can do that.
        early = count % 3 == 2 and "postcopy-ram" in known
        if "postcopy-ram" in known:
            here.control().run(
                "migrate-set-capabilities", capabilities=[{"capability": "postcopy-ram", "state": early}])
        # And every fourth over one connection alone.
        if "multifd" in known:
            here.control().run(
                "migrate-set-capabilities", capabilities=[{"capability": "multifd", "state": count % 4 != 3}])
        if KIND == "mirror":
            here.control().run("migrate-set-capabilities", capabilities=[{"capability": "block", "state": True}])
        here.control().run("migrate", uri=f"unix:{FOLDER}/way{count}")
        if early:
            # It may be over by now.
            here.control().run("migrate-start-postcopy", unless="no migration is copying memory")
        there.attach()
        while True:
            text += here.output()
            state = here.control().run("query-migrate")
            if state["status"] == "completed":
                break
            if state["status"] in ("failed", "cancelled"):
                raise SystemExit(f"round {count}: {state.get('error-desc')}")
            time.sleep(0.002)
        # What the guest printed before it left comes first.
        text += here.output()
        downtimes.append(state["x-downtime-us"])
        requests += state["ram"].get("postcopy-requests", 0)
        packed += "compression" in state
        differences += state.get("xbzrle-cache", {}).get("pages", 0)
        totals.append(state["total-time"])
        here, there = there, here
        if here.control().run("query-status")["status"] != "running":
            raise SystemExit(f"round {count}: it does not run")
        if there.control().run("query-status")["status"] != "postmigrate":
            raise SystemExit(f"round {count}: the other side is {there.control().run('query-status')}")
        until = time.time() + 0.02 * (count % 7)
        while time.time() < until:
            text += here.output()
            time.sleep(0.005)
        if count == min(40, ROUNDS // 4):
            first = (here.memory(), there.memory())
    wanted = max(int(n) for n in re.findall(rb"TICK (\d+) ", text)) + 2
    end = time.time() + 120
    # What was typed last may come later than two ticks, where CPUs execute at once.
    while (f"TICK {wanted} ".encode() not in text or text.count(b"k") < pressed) and time.time() < end:
        text += here.output()
        time.sleep(0.05)
    if text.count(b".") != typed or text.count(b"k") != pressed or pressed < ROUNDS // 20:
        raise SystemExit(f"{typed} and {pressed} were typed, and {text.count(b'.')} and {text.count(b'k')} came back")
    text = re.sub(rb"k\r?\n", b"", text.replace(b".", b""))
    ticks = re.findall(rb"TICK (\d+) ([0-9a-f]{16})", text)
    numbers = [int(n) for n, _ in ticks]
    if numbers != list(range(1, len(numbers) + 1)):
        raise SystemExit(f"lines are missing: {numbers}")
    if numbers[-1] < wanted:
        raise SystemExit(f"the guest stands still at {numbers[-1]}")
    if len(set(s for _, s in ticks)) != 1:
        raise SystemExit(f"sums differ: {set(ticks)}")
    rest = re.sub(rb"TICK \d+ [0-9a-f]{16}\r?\n", b"", text)
    if re.sub(rb"TICK.*$", b"", rest, flags=re.S).strip():
        raise SystemExit(f"something else was printed: {rest[:300]!r}")
    if KIND != "debian":
        with open(card(here.name), "rb") as file:
            written = file.read(1000 * 512)
        for number, total in ticks[-900:]:
            at = int(number) % 1000 * 512
            if not written[at:].startswith(number + b" " + total + b"\n"):
                raise SystemExit(f"sector {at // 512} of the card is {written[at:at + 40]}")
    last = (here.memory(), there.memory())
    downtimes.sort()
    totals.sort()
    print(f"rounds {ROUNDS} ticks {numbers[-1]} keys {pressed} downtime-us median {downtimes[len(downtimes) // 2]} "
          f"max {downtimes[-1]} total-ms median {totals[len(totals) // 2]} max {totals[-1]} "
          f"memory-kib {first} {last} packed {packed} differences {differences} "
          f"requests {requests}")
    print("MIGRATION-OK")


try:
    main()
finally:
    for side in SIDES:
        side.process.kill()
