#!/usr/bin/env python3
"""Records what integer instructions do: Tests/ARMTests/Vectors/GROUP.vectors.gz.

Needs arm-linux-gnueabi-gcc and qemu-arm: runner.c executes the cases, as an ARM926 in user mode.

A file is a sequence of records, little-endian:
  u8 count, that many bytes of code, which begin at 0x100000
  before, after:
    u8 flags: bit 0 Q, 1 V, 2 C, 3 Z, 4 N; bit 7 Thumb state
    u16 mask, then a u32 for each register r0-r14 set in it: those that differ from the base values (before) or from
       before (after)
    16 bytes of mask, then a byte for each byte set in it of the 128 at 0x200800: those that differ from 7i+1
       (before) or from before (after)
  i16 the program counter after, less 0x100000
"""
import gzip, pathlib, random, struct, subprocess, sys, tempfile

CODE, WINDOW = 0x100000, 0x200800
MIDDLE = WINDOW + 64
BASE = [0x01020304 * (i + 1) & 0xffffffff for i in range(13)] + [WINDOW + 0x40, 0x11223344]
PATTERN = bytes((7 * i + 1) & 0xff for i in range(128))
EDGES = [0, 1, 2, 3, 0x1f, 0x20, 0x21, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x55555555, 0xaaaaaaaa,
         0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0xffff8000, 0xffffff80, 0x7fff8000, 0x80007fff]
rng = random.Random(9)
cases = []


def value():
    return rng.choice(EDGES) if rng.random() < 0.6 else rng.getrandbits(32)


def flags():
    return rng.getrandbits(5) << 27


def case(code, registers=None, flag=None, memory=None, thumb=False):
    """`code` is a word, a halfword, or a pair of halfwords."""
    r = list(BASE)
    for number, content in (registers or {}).items():
        if number < 15:
            r[number] = content & 0xffffffff
    window = bytearray(PATTERN)
    for offset, content in (memory or {}).items():
        window[offset:offset + 4] = struct.pack("<I", content & 0xffffffff)
    if thumb:
        code = b"".join(struct.pack("<H", half) for half in (code if isinstance(code, tuple) else (code,)))
    else:
        code = struct.pack("<I", code)
    cases.append((code, r, flags() if flag is None else flag, bytes(window), thumb))


def reg(*excluded, top=15):
    while True:
        r = rng.randrange(top)
        if r not in excluded:
            return r


AL = 14 << 28


def data():
    tests = range(8, 12)
    for opcode in range(16):
        for s in (0, 1):
            if opcode in tests and not s:
                continue
            head = AL | opcode << 21 | s << 20
            rd = lambda: 0 if opcode in tests else reg()

            def put(form, names):
                n = 0 if opcode in (13, 15) else reg()
                d = rd()
                case(head | n << 16 | d << 12 | form, {n: value(), **names})
            for _ in range(40):
                put(1 << 25 | rng.getrandbits(12), {})
            for kind in range(4):
                for amount in [0, 1, 2, 8, 16, 30, 31] + [rng.randrange(32) for _ in range(5)]:
                    for _ in range(3):
                        m = reg()
                        put(amount << 7 | kind << 5 | m, {m: value()})
                for count in [0, 1, 2, 31, 32, 33, 63, 64, 65, 96, 127, 128, 160, 255, 256, 0x101, 0xffffff00, 0xffffff20]:
                    m = reg()
                    q = reg(m)
                    n = 0 if opcode in (13, 15) else reg(m, q)
                    case(head | n << 16 | rd() << 12 | q << 8 | kind << 5 | 1 << 4 | m,
                         {m: value(), n: value(), q: count})
        # r15 as an operand.
        if opcode not in (13, 15):
            case(AL | opcode << 21 | 1 << 20 | 15 << 16 | 0 << 12 | 1 << 25 | rng.getrandbits(12))
        case(AL | opcode << 21 | 1 << 20 | (0 if opcode in (13, 15) else 3 << 16) | (0 if opcode in tests else 2 << 12) | 15, {3: value()})
        case(AL | opcode << 21 | 1 << 20 | (0 if opcode in (13, 15) else 3 << 16) | (0 if opcode in tests else 2 << 12) | 4 << 7 | 15, {3: value()})
    # Conditions, on an instruction that sets flags and one that does not.
    for condition in range(15):
        for flag in range(16):
            case(condition << 28 | 0x0290_0001, {0: value()}, flag << 28)
            case(condition << 28 | 0x0080_0001, {0: value(), 1: value()}, flag << 28)


def jumps():
    for _ in range(30):
        target = CODE + rng.randrange(0x40, 0x800) * 2
        m = reg()
        case(AL | 0x01a0f000 | m, {m: target & ~3})  # mov pc
        n = reg(m)
        delta = rng.getrandbits(31)
        case(AL | 0x0080f000 | n << 16 | m, {n: delta, m: (target & ~3) - delta})  # add pc
        case(AL | 0x012fff10 | m, {m: target & ~3})  # bx
        case(AL | 0x012fff10 | m, {m: CODE + 0x1000 + rng.randrange(0x700) * 2 + 1})
        case(AL | 0x012fff30 | m, {m: target & ~3})  # blx
        case(AL | 0x012fff30 | m, {m: CODE + 0x1000 + rng.randrange(0x700) * 2 + 1})
        case(AL | 0x0a000000 | rng.randrange(0x300))  # b
        case(AL | 0x0b000000 | rng.randrange(0x300))  # bl
        case(0xfa000000 | rng.getrandbits(1) << 24 | 0x400 + rng.randrange(0x300))  # blx
        case(rng.randrange(14) << 28 | 0x0a000000 | rng.randrange(0x300))
        case(rng.randrange(14) << 28 | 0x012fff10 | m, {m: target & ~3})
        # LDR and LDM of r15, with both states.
        where = rng.choice([target & ~3, CODE + 0x1000 + rng.randrange(0x700) * 2 + 1])
        case(AL | 0x0590f000 | n << 16 | 8, {n: MIDDLE}, None, {72: where})
        case(AL | 0x0490f000 | n << 16 | 4, {n: MIDDLE}, None, {64: where})
        case(AL | 0x08bd8000 | 0x30, {13: MIDDLE}, None, {72: where})
        case(AL | 0x091d8000 | 0x31, {13: MIDDLE}, None, {60: where})
        # Thumb.
        case(0x4700 | m << 3, {m: target | 1}, thumb=True)
        case(0x4700 | m << 3, {m: CODE + 0x1000 + rng.randrange(0x300) * 4}, thumb=True)
        case(0x4780 | m << 3, {m: target | 1}, thumb=True)
        case(0x4780 | m << 3, {m: CODE + 0x1000 + rng.randrange(0x300) * 4}, thumb=True)
        case(0x4687 | m << 3, {m: target}, thumb=True)  # mov pc
        case(0xe000 | rng.randrange(0x300), thumb=True)
        case(0xd000 | rng.randrange(14) << 8 | rng.randrange(0x7f), thumb=True)
        case((0xf000, 0xf800 | rng.randrange(0x700)), thumb=True)
        case((0xf001, 0xe800 | rng.randrange(0x300) & ~1), thumb=True)
        where = rng.choice([target | 1, CODE + 0x1000 + rng.randrange(0x300) * 4])
        case(0xbd00 | 0x11, {13: MIDDLE}, None, {72: where}, thumb=True)


def multiply():
    for _ in range(60):
        for s in (0, 1):
            m, q = reg(), reg()
            d = reg(m)
            case(AL | s << 20 | d << 16 | q << 8 | 0x90 | m, {m: value(), q: value()})
            n = reg()
            case(AL | 1 << 21 | s << 20 | d << 16 | n << 12 | q << 8 | 0x90 | m, {m: value(), q: value(), n: value()})
            for op in range(4, 8):
                hi = reg(m)
                lo = reg(m, hi)
                case(AL | op << 21 | s << 20 | hi << 16 | lo << 12 | q << 8 | 0x90 | m,
                     {m: value(), q: value(), hi: value(), lo: value()})
        for xy in range(4):
            m, q, n, d = reg(), reg(), reg(), reg()
            v = {m: value(), q: value(), n: value()}
            case(AL | 0x01000080 | xy << 5 | d << 16 | n << 12 | q << 8 | m, v)  # smla
            case(AL | 0x01600080 | xy << 5 | d << 16 | q << 8 | m, v)  # smul
            case(AL | 0x01200080 | xy << 5 & 0x40 | d << 16 | n << 12 | q << 8 | m, v)  # smlaw
            case(AL | 0x012000a0 | xy << 5 & 0x40 | d << 16 | q << 8 | m, v)  # smulw
            hi, lo = reg(), 0
            lo = reg(hi)
            case(AL | 0x01400080 | xy << 5 | hi << 16 | lo << 12 | q << 8 | m, {**v, hi: value(), lo: value()})


def saturated():
    for _ in range(100):
        for op in range(4):
            m, n, d = reg(), reg(), reg()
            case(AL | 0x01000050 | op << 21 | n << 16 | d << 12 | m, {m: value(), n: value()})
        m, d = reg(), reg()
        v = value() if rng.random() < 0.5 else rng.getrandbits(32) >> rng.randrange(33)
        case(AL | 0x016f0f10 | d << 12 | m, {m: v})


def status():
    for _ in range(20):
        d = reg()
        case(AL | 0x010f0000 | d << 12)
        case(AL | 0x0128f000 | d, {d: value() & ~0x07ffff00 | rng.getrandbits(5) << 27})
        case(AL | 0x012ff000 | d, {d: rng.getrandbits(5) << 27 | 0x10})
        case(AL | 0x0328f000 | 4 << 8 | rng.randrange(256) & 0xf8)


def transfer():
    for _ in range(12):
        for load in (0, 1):
            for byte in (0, 1):
                for p in (0, 1):
                    for u in (0, 1):
                        for w in (0, 1):
                            if not p and w:
                                continue  # the form with a user's permissions, below
                            back = w or not p
                            t = reg()
                            n = reg(t)
                            align = 0 if byte else 3
                            offset = rng.randrange(60) & ~align
                            at = MIDDLE - (0 if not p else offset if u else -offset)
                            head = AL | 1 << 26 | p << 24 | u << 23 | byte << 22 | w << 21 | load << 20 | n << 16 | t << 12
                            case(head | offset, {n: at, t: value()})
                            for kind in range(4):
                                m = reg(n, t)
                                amount = rng.choice([0, 1, 2, 31, rng.randrange(32)])
                                small = rng.choice([0, 4, 8, 0x10000, 0xfffffffc, 0x40000000, value() & ~3])
                                c = rng.getrandbits(1)
                                moved = shifted(kind, amount, small, c)
                                if not byte and moved & 3:
                                    continue
                                at = MIDDLE - (0 if not p else moved if u else -moved)
                                case(head | 1 << 25 | amount << 7 | kind << 5 | m, {n: at, t: value(), m: small},
                                     flags() & ~(1 << 29) | c << 29)
                            if not p:
                                case(head | 1 << 21 | offset, {n: MIDDLE, t: value()})
                        # Halfwords, signed ones, and doublewords.
                        for w in (0, 1):
                            if not p and w:
                                continue
                            for kind in ((1, 2, 3) if load else (1,)):
                                t = reg()
                                n = reg(t)
                                align = 0 if kind == 2 else 1
                                offset = rng.randrange(60) & ~align
                                at = MIDDLE - (0 if not p else offset if u else -offset)
                                head = AL | p << 24 | u << 23 | w << 21 | load << 20 | n << 16 | t << 12 | 0x90 | kind << 5
                                case(head | 1 << 22 | (offset & 0xf0) << 4 | offset & 15, {n: at, t: value()})
                                m = reg(n, t)
                                case(head | m, {n: at, t: value(), m: offset})
                            t = rng.randrange(6) * 2
                            n = reg(t, t + 1)
                            offset = rng.randrange(60) & ~7
                            at = MIDDLE - (0 if not p else offset if u else -offset)
                            head = AL | p << 24 | u << 23 | w << 21 | n << 16 | t << 12 | (0xd0 if load else 0xf0)
                            case(head | 1 << 22 | (offset & 0xf0) << 4 | offset & 15, {n: at, t: value(), t + 1: value()})
                            m = reg(n, t, t + 1)
                            case(head | m, {n: at, t: value(), t + 1: value(), m: offset})
    for _ in range(20):
        for byte in (0, 1):
            n = reg()
            m, d = reg(n), reg(n)
            case(AL | 0x01000090 | byte << 22 | n << 16 | d << 12 | m, {n: MIDDLE + (rng.randrange(4) if byte else 0), m: value()})
        d = reg()
        case(AL | 0x051f0000 | d << 12 | 8)  # ldr rd, [pc, #-8]: its own encoding
        case(0xf5d0f000 | reg() << 16 | 4)  # pld


def shifted(kind, amount, v, c):
    if kind == 0:
        return v << amount & 0xffffffff
    if kind == 1:
        return v >> (amount or 32)
    signed = v - (1 << 32) if v >> 31 else v
    if kind == 2:
        return signed >> (amount or 32) & 0xffffffff
    if amount == 0:
        return v >> 1 | c << 31
    return (v >> amount | v << 32 - amount) & 0xffffffff


def multiple():
    for _ in range(40):
        for load in (0, 1):
            for pu in range(4):
                for w in (0, 1):
                    n = reg()
                    registers = rng.getrandbits(15) & rng.choice([0x7fff, rng.getrandbits(15), rng.getrandbits(15)])
                    registers = registers or 1 << reg()
                    if w and registers >> n & 1:
                        # With writeback only as the lowest, and stored.
                        if load or registers & ((1 << n) - 1):
                            registers &= ~(1 << n)
                    if not registers:
                        registers = 1 << reg(n)
                    case(AL | 4 << 25 | pu << 23 | w << 21 | load << 20 | n << 16 | registers, {n: MIDDLE})


def thumb():
    T = dict(thumb=True)
    for _ in range(40):
        for op in range(3):
            for amount in (0, 1, 31, rng.randrange(32)):
                m, d = reg(top=8), reg(top=8)
                case(op << 11 | amount << 6 | m << 3 | d, {m: value()}, **T)
        for op in range(4):
            m, n, d = reg(top=8), reg(top=8), reg(top=8)
            case(0x1800 | op << 9 | m << 6 | n << 3 | d, {m: value(), n: value()}, **T)
            d = reg(top=8)
            case(0x2000 | op << 11 | d << 8 | rng.getrandbits(8), {d: value()}, **T)
        for op in range(16):
            m, d = reg(top=8), reg(top=8)
            v = rng.choice([0, 1, 31, 32, 33, 255, 256]) if op in (2, 3, 4, 7) else value()
            case(0x4000 | op << 6 | m << 3 | d, {d: value(), m: v}, **T)
        for op in range(3):
            m, d = reg(), reg()
            if m < 8 and d < 8:
                m += 7
            case(0x4400 | op << 8 | (d & 8) << 4 | m << 3 | d & 7, {m: value(), d: value()}, **T)
        m = reg(top=8)
        case(0x4400 | 15 << 3 | m, {m: value()}, **T)  # add rd, pc
        case(0x4600 | 15 << 3 | m, **T)
        case(0xa000 | m << 8 | rng.getrandbits(8), **T)
        case(0xa800 | m << 8 | rng.getrandbits(8), **T)
        case(0xb000 | rng.getrandbits(8), **T)
        for op in range(8):
            n, m, d = 0, 0, 0
            n = reg(top=8)
            m = reg(n, top=8)
            d = reg(n, m, top=8)
            align = {0: 3, 4: 3, 1: 1, 5: 1, 7: 1}.get(op, 0)
            offset = rng.randrange(60) & ~align
            case(0x5000 | op << 9 | m << 6 | n << 3 | d, {n: MIDDLE - 4, m: offset, d: value()}, **T)
        for base in (0x6000, 0x6800, 0x7000, 0x7800, 0x8000, 0x8800):
            n = reg(top=8)
            d = reg(n, top=8)
            case(base | rng.randrange(16) << 6 | n << 3 | d, {n: WINDOW, d: value()}, **T)
        case(0x9000 | reg(top=8) << 8 | rng.randrange(16), {13: WINDOW + 32}, **T)
        case(0x9800 | reg(top=8) << 8 | rng.randrange(16), {13: WINDOW + 32}, **T)
        case(0xb400 | rng.randrange(1, 512), {13: MIDDLE}, **T)
        case(0xbc00 | rng.randrange(1, 256), {13: MIDDLE}, **T)
        n = reg(top=8)
        registers = rng.randrange(1, 256)
        if registers >> n & 1 and registers & ((1 << n) - 1):
            registers &= ~(1 << n)
        case(0xc000 | n << 8 | (registers or 1), {n: MIDDLE}, **T)
        case(0xc800 | n << 8 | rng.randrange(1, 256), {n: MIDDLE}, **T)


def diff(new, old):
    mask, out = 0, b""
    for i, (a, b) in enumerate(zip(new, old)):
        if a != b:
            mask |= 1 << i
            out += struct.pack("<I", a)
    return struct.pack("<H", mask) + out


def diff_bytes(new, old):
    mask, out = 0, b""
    for i, (a, b) in enumerate(zip(new, old)):
        if a != b:
            mask |= 1 << i
            out += bytes([a])
    return mask.to_bytes(16, "little") + out


def record(runner, group):
    stdin = b""
    for code, r, flag, window, is_thumb in cases:
        padded = code + bytes([1 if len(code) == 4 and is_thumb else 0]) if is_thumb and len(code) == 4 else code
        stdin += padded.ljust(8, b"\0") + struct.pack("<16I", *r, CODE | is_thumb) + struct.pack("<II", flag, 0) + window
    result = subprocess.run(["qemu-arm", "-cpu", "arm926", runner], input=stdin, stdout=subprocess.PIPE, check=True)
    size = 8 + 64 + 8 + 128
    assert len(result.stdout) == size * len(cases), (group, len(result.stdout) // size, len(cases))
    out, bad = b"", 0
    for index, (code, r, flag, window, is_thumb) in enumerate(cases):
        raw = result.stdout[size * index:size * (index + 1)]
        after = struct.unpack("<16I", raw[8:72])
        cpsr, signal = struct.unpack("<II", raw[72:80])
        pc = after[15] & ~1
        if signal != 4 or not CODE <= pc < CODE + 0x2000 or cpsr & 0x1f != 0x10 or pc == CODE:
            print(group, "not recorded: signal", signal, "pc", hex(pc), "code", code[::-1].hex(), "thumb", is_thumb)
            bad += 1
            continue
        out += bytes([len(code)]) + code
        out += bytes([flag >> 27 | is_thumb << 7]) + diff(r, BASE) + diff_bytes(window, PATTERN)
        out += bytes([cpsr >> 27 | (after[15] & 1) << 7]) + diff(after[:15], r) + diff_bytes(raw[80:], window)
        out += struct.pack("<h", pc - CODE)
    folder = pathlib.Path(__file__).parent.parent / "Vectors"
    (folder / f"{group}.vectors.gz").write_bytes(gzip.compress(out, 9, mtime=0))
    print(group, len(cases) - bad, "cases,", bad, "left out")


def main():
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        runner = folder + "/runner"
        subprocess.run(["arm-linux-gnueabi-gcc", "-O2", "-static", "-marm", "-o", runner, here / "runner.c"], check=True)
        for group in [data, jumps, multiply, saturated, status, transfer, multiple, thumb]:
            cases.clear()
            group()
            record(runner, group.__name__)


main()
