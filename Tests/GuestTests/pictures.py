#!/usr/bin/env python3
"""A picture stays as it is, dot for dot, when its machine is saved and loaded in a new process, and when it moves to one.

usage: pictures.py FERRY FOLDER

No guest runs: each mode is set and filled over the device test protocol, as a guest would do it.
"""
import os, random, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE, os.path.join(HERE, "..", "QTest")]
from machine import Machine
from qtest import QTest

FERRY, FOLDER = sys.argv[1:]
# Miscellaneous output, sequencer, CRT controller, graphics and attribute registers of modes, as a video BIOS sets them.
MODES = {
    "13h": (0x63, "03010f000e", "5f4f50825480bf1f 0041000000000000 9c8e8f284096b9a3 ff", "000000000040050fff",
            "000102030405060708090a0b0c0d0e0f 41000f0000"),
    "12h": (0xe3, "03010f0006", "5f4f508254800b3e 0040000000000000 ea8cdf2800e704e3 ff", "000000000000050fff",
            "000102030405060708090a0b0c0d0e0f 01000f0000"),
}


def indexed(test, port, values):
    for index, value in enumerate(bytes.fromhex(values)):
        test.outb(port, index)
        test.outb(port + 1, value)


def vga(test, mode, content):
    misc, sequencer, crtc, graphics, attribute = MODES[mode]
    test.outb(0x3c2, misc)
    indexed(test, 0x3c4, sequencer)
    test.outw(0x3d4, 0x11)
    indexed(test, 0x3d4, crtc)
    indexed(test, 0x3ce, graphics)
    test.inb(0x3da)
    for index, value in enumerate(bytes.fromhex(attribute)):
        test.outb(0x3c0, index)
        test.outb(0x3c0, value)
    test.outb(0x3c0, 0x20)
    colours(test, content)
    for plane in range(4) if mode == "12h" else [None]:
        if plane is not None:
            test.outw(0x3c4, 0x100 << plane | 2)
        test.b64write(0xa0000, content.randbytes(0x10000))


def colours(test, content):
    test.outb(0x3c8, 0)
    for value in content.randbytes(768):
        test.outb(0x3c9, value & 0x3f)


def text(test, content):
    test.b64write(0xb8000, content.randbytes(80 * 25 * 2))


def vbe(test, depth, content, width=800, height=600):
    def register(index, value):
        test.outw(0x1ce, index)
        test.outw(0x1cf, value)
    for index, value in [(4, 0), (1, width), (2, height), (3, depth), (4, 0x41)]:
        register(index, value)
    # Panned, in rows that are longer than the screen's.
    for index, value in [(6, width + 64), (8, 32), (9, 5)]:
        register(index, value)
    if depth == 8:
        colours(test, content)
    test.b64write(0xe0000000, content.randbytes((width + 64) * (height + 8) * ((depth + 7) // 8)))


def pl110(test, depth, content, base=0x200000):
    """320 by 240 dots on a TFT panel; depth is as LCDControl codes it."""
    for offset, value in [(0, 0x0c0c0c4c), (4, 0x010104ef), (8, 0x013f1800), (0x10, base)]:
        test.writel(0xc0000000 + offset, value)
    test.b64write(0xc0000200, content.randbytes(512))
    test.b64write(base, content.randbytes(320 * 240 * 4))
    test.writel(0xc000001c, 0x0821 | depth << 1)
    # The controller takes the base when a frame begins.
    test.clock_step(100_000_000)


def gpu(test, transport, memory, content, width=640, height=480):
    """A resource in the memory at `memory`, shown from its tenth row on, with a cursor."""
    def ready(queue, place):
        for offset, value in [(0x30, queue), (0x38, 16), (0x80, place), (0x90, place + 0x400), (0xa0, place + 0x800), (0x44, 1)]:
            test.writel(transport + offset, value)
    # The driver takes VIRTIO_F_VERSION_1 alone (Virtual I/O Device 1.2, 3.1.1 and 4.2.3).
    for offset, value in [(0x70, 1), (0x70, 3), (0x24, 1), (0x20, 1), (0x70, 11)]:
        test.writel(transport + offset, value)
    ready(0, memory)
    ready(1, memory + 0x1000)
    test.writel(transport + 0x70, 15)
    counts = [0, 0]
    def say(kind, *words, queue=0):
        place = memory + 0x1000 * queue
        request = struct.pack(f"<IIQII{len(words)}I", kind, 0, 0, 0, 0, *words)
        test.b64write(memory + 0x2000, request)
        test.b64write(place, struct.pack("<QIHHQIHH", memory + 0x2000, len(request), 1, 1, memory + 0x3000, 0x100, 2, 0))
        counts[queue] += 1
        test.b64write(place + 0x400, struct.pack("<HH", 0, counts[queue]))
        test.writel(transport + 0x50, queue)
        answer = struct.unpack("<I", test.b64read(memory + 0x3000, 4))[0]
        assert queue == 1 or answer == 0x1100, f"command {kind:#x} is answered with {answer:#x}"
    for number, size in [(1, (width, height + 20)), (2, (64, 64))]:
        place, count = memory + 0x10000 * number, size[0] * size[1] * 4
        test.b64write(place, content.randbytes(count))
        say(0x101, number, 3 - number, *size)
        say(0x106, number, 1, place, 0, count, 0)
        say(0x105, 0, 0, *size, 0, 0, number, 0)
    say(0x103, 0, 10, width, height, 0, 1)
    say(0x104, 0, 10, width, height, 1, 0)
    say(0x300, 0, 100, 50, 0, 2, 3, 4, 0, queue=1)


CASES = [("text", "microvm", text, 720, 400)]
CASES += [(mode, "microvm", lambda test, content, mode=mode: vga(test, mode, content), *size)
          for mode, size in {"13h": (320, 200), "12h": (640, 480)}.items()]
CASES += [(f"VBE {depth}", "microvm", lambda test, content, depth=depth: vbe(test, depth, content), 800, 600)
          for depth in (4, 8, 15, 16, 24, 32)]
CASES += [(f"PL110 {depth}", "integratorcp", lambda test, content, code=code: pl110(test, code, content), 320, 240)
          for code, depth in enumerate((1, 2, 4, 8, 16, 24))]
CASES += [(f"GPU {board}", board, lambda test, content, place=place: gpu(test, place, 0x400000, content), 640, 480)
          for board, place in {"microvm": 0xfeb00000, "integratorcp": 0xcc000000}.items()]


def shows(machine, name):
    """What it shows, as a number, and as the bytes of a PNG file."""
    path = f"{FOLDER}/{name}.png"
    of = {"device": "gpu"} if name.startswith("gpu") else {}
    machine.run("screendump", filename=path, format="png", **of)
    return machine.run("screen-hash", **of), open(path, "rb").read()


ASLEEP = ["-S", "-display", "none", "-serial", "null"]


def travel(number, name, board, fill, width, height):
    label = name.replace(" ", "-").lower()
    machine = ["-M", board, "-m", "32"] + (["-device", "virtio-gpu-device,id=gpu"] if label.startswith("gpu") else [])
    with QTest([FERRY, "run", *machine, "-qmp", Machine.server(f"{FOLDER}/a")]) as test:
        first = Machine(f"{FOLDER}/a", test.process)
        fill(test, random.Random(number))
        before = shows(first, label)
        assert (before[0]["width"], before[0]["height"]) == (width, height), before[0]
        snapshot = f"{FOLDER}/{label}.ferry"
        first.human(f"savevm {snapshot}")
        with Machine.start(FERRY, ["-loadvm", snapshot, *ASLEEP], f"{FOLDER}/b") as other:
            assert shows(other, label) == before, f"{name}: another picture after loading"
        way = f"unix:{FOLDER}/way"
        with Machine.start(FERRY, [*machine, "-incoming", way, *ASLEEP], f"{FOLDER}/c") as other:
            first.run("migrate", uri=way)
            other.until("the machine has come", 120, lambda: other.run("query-migrate").get("status") == "completed")
            assert shows(other, label) == before, f"{name}: another picture after moving"
    os.remove(snapshot)
    print(f"{name}: {width}x{height}, {before[0]['hash']}")
    return before[0]["hash"]


hashes = [travel(number, *case) for number, case in enumerate(CASES)]
assert len(set(hashes)) == len(CASES), "two modes show the same"
print("PICTURES-OK")
