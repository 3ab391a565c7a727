#!/usr/bin/env python3
"""Reads snapshot files (.ferry) after Sources/Snapshots/Format.md, with nothing but the standard library; compressed
chunks need the package zstandard. Everything that is read is checked.

usage: snapshot.py FILE             prints the header, the board and the device tree
       snapshot.py FILE BLOCK OUT   writes the memory of BLOCK to the file OUT
"""
import os, struct, sys

P1, P2, P3, P4, P5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
M64, PAGE, CHUNK = (1 << 64) - 1, 4096, 65536
KINDS = {1: "board", 2: "setup", 3: "slots", 4: "node", 5: "memory", 6: "base", 7: "data", 8: "disk", 9: "diskData"}

def rotate(x, n):
    return (x << n | x >> (64 - n)) & M64

def xxh64(data):
    words = struct.unpack_from(f"<{len(data) // 8}Q", data)
    full = len(data) // 32 * 4
    if full:
        lanes = [(P1 + P2) & M64, P2, 0, -P1 & M64]
        for i in range(4):
            lane = lanes[i]
            for word in words[i:full:4]:
                lane = (lane + word * P2) & M64
                lane = (lane << 31 | lane >> 33) * P1 & M64
            lanes[i] = lane
        h = sum(rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & M64
        for lane in lanes:
            h = ((h ^ rotate(lane * P2 & M64, 31) * P1 & M64) * P1 + P4) & M64
    else:
        h = P5
    h = (h + len(data)) & M64
    for word in words[full:]:
        h = (rotate(h ^ rotate(word * P2 & M64, 31) * P1 & M64, 27) * P1 + P4) & M64
    at = len(words) * 8
    if len(data) - at >= 4:
        h = (rotate(h ^ struct.unpack_from("<I", data, at)[0] * P1 & M64, 23) * P2 + P3) & M64
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * P5 & M64, 11) * P1 & M64
    h = (h ^ h >> 33) * P2 & M64
    h = (h ^ h >> 29) * P3 & M64
    return h ^ h >> 32

def expect(found, wanted, place):
    if found != wanted:
        sys.exit(f"{place}: {found} is not {wanted}")

def der(data, at=0):
    """The value at `at`, and where it ends: (tag, bytes) or (tag, [values])."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length > 127:
        count = length & 127
        length = int.from_bytes(data[at:at + count], "big")
        at += count
    end = at + length
    if not tag & 32:
        return (tag, data[at:end]), end
    values = []
    while at < end:
        value, at = der(data, at)
        values.append(value)
    return (tag, values), end

def show(value):
    tag, body = value
    if tag in (2, 10):  # INTEGER, ENUMERATED
        return str(int.from_bytes(body, "big", signed=True))
    simple = {1: lambda: "true" if body[0] else "false", 4: lambda: body.hex() or "(no bytes)",
              12: lambda: '"%s"' % body.decode(), 0x30: lambda: "[" + ", ".join(map(show, body)) + "]"}
    if tag in simple:
        return simple[tag]()
    return "{" + ", ".join(f"{show(a[1][0])[1:-1]} = {show(a[1][1])}" for a in body[-1][1]) + "}"

class Snapshot:
    def __init__(self, path, root=None):
        self.path, self.file = path, open(path, "rb")
        start = self.file.read(512)
        expect(start[:8], b"\x89FRY\r\n\x1a\n", "magic")
        self.version, oldest, length, count = struct.unpack_from("<4I", start, 8)
        expect(oldest, 1, "oldest reader")
        header = start + self.file.read(length - 512)
        expect(xxh64(header[:-8]), struct.unpack("<Q", header[-8:])[0], "header")
        self.wall, self.guest, self.length, self.root, self.size = struct.unpack_from("<qqQQQ", header, 24)
        expect(os.fstat(self.file.fileno()).st_size, self.length, "file length")
        expect(self.root, self.root if root is None else root, "root of the base")
        self.board_version = struct.unpack_from("<I", header, 72)[0]
        self.producer, self.board = (header[a:b].rstrip(b"\0").decode() for a, b in ((80, 144), (144, 272)))
        self.sections = []
        for at in range(512, 512 + count * 176, 176):
            kind, flags, *numbers = struct.unpack_from("<IIQQQQQ", header, at)
            self.sections.append((KINDS[kind], header[at + 48:at + 176].rstrip(b"\0").decode(), *numbers))
        parts, at = [], 512 + count * 176
        for length in struct.unpack_from("<3I", header, 272):
            parts.append(header[at:at + length])
            at += length
        self.comment, self.console = parts[0].decode(), parts[2].decode()
        self.base = None
        for _, _, body in self.bodies("base"):
            hint = os.path.join(os.path.dirname(path), body[8:].decode())
            self.base = Snapshot(hint, struct.unpack_from("<Q", body)[0])

    def bodies(self, wanted):
        for kind, name, offset, length, checksum, *_ in self.sections:
            if kind == wanted:
                self.file.seek(offset)
                body = self.file.read(length)
                expect(xxh64(body), checksum, f"section {kind} {name}")
                yield kind, name, body

    def chunks(self, block):
        size = next(s[5] for s in self.sections if s[0] == "memory" and s[1] == block)
        table = next(body for _, name, body in self.bodies("memory") if name == block)
        older = self.base.chunks(block) if self.base else None
        for index, entry in enumerate(struct.iter_unpack("<QQIHBB", table)):
            checksum, offset, length, stored, fill, inherits = entry
            inherited = next(older) if older else None
            count = min(CHUNK, size - index * CHUNK)
            chunk = bytearray(inherited if inherits else bytes([fill]) * count)
            self.file.seek(offset)
            data = self.file.read(length or count) if stored else b""
            if length:
                import zstandard
                data = zstandard.ZstdDecompressor().decompress(data, CHUNK)
            pages = [page for page in range(16) if stored >> page & 1]
            for number, page in enumerate(pages):
                at = (number if length else page) * PAGE
                chunk[page * PAGE:page * PAGE + PAGE] = data[at:at + PAGE]
            expect(xxh64(bytes(chunk)), checksum, f"memory {block} at {index * CHUNK:#x}")
            yield bytes(chunk)

if __name__ == "__main__":
    snapshot = Snapshot(sys.argv[1])
    if len(sys.argv) == 4:
        with open(sys.argv[3], "wb") as out:
            out.writelines(snapshot.chunks(sys.argv[2]))
        sys.exit()
    for key in ("version", "producer", "board", "board_version", "wall", "guest", "length", "size", "comment"):
        print(f"{key}: {getattr(snapshot, key)}")
    print(f"root: {snapshot.root:016x}")
    for _, _, body in snapshot.bodies("board"):
        print(body.decode(), end="")
    for kind in ("setup", "slots", "node"):
        for _, name, body in snapshot.bodies(kind):
            (_, (_, model, version, attributes, _)), _ = der(body)
            print(f"{name or '/' + kind} {show(model)[1:-1]} {show(version)}")
            for attribute in attributes[1]:
                print(f"  {show(attribute[1][0])[1:-1]} = {show(attribute[1][1])}")
