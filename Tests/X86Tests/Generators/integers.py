#!/usr/bin/env python3
"""Records what the host's processor does with integer instructions: Tests/X86Tests/Vectors/GROUP.vectors.gz.

Needs clang and lld (with 32-bit x86) and a Linux that runs 32-bit programs: runner.c executes the cases.

A file is a sequence of records, little-endian:
  u8 count, that many bytes of code, which begin at 0x100800
  before, after:
    u8 mask, then a u32 for each register set in it (EAX ECX EDX EBX ESP EBP ESI EDI): those that differ from
       the base values (before) or from before (after)
    u16 flags (the six arithmetic flags and DF)
    u64 mask, then a byte for each byte set in it of the 64 at 0x200800: those that differ from 7i+1 (before)
       or from before (after)
  u8 vector of the exception, or 3 for none: INT3 follows the code
  i16 EIP after, less 0x100800 (0 with an exception)
"""
import gzip, pathlib, random, struct, subprocess, sys, tempfile

CODE, WINDOW = 0x100800, 0x200800
BASE = [0x01020304, 0x11223344, 0x5a6b7c8d, WINDOW, WINDOW + 0x30, WINDOW + 0x28, WINDOW + 0x10, WINDOW + 0x20]
PATTERN = bytes((7 * i + 1) & 0xff for i in range(64))
EDGES = [0, 1, 2, 3, 0x0f, 0x10, 0x7e, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0x8001, 0xffff, 0x10000,
         0x55555555, 0xaaaaaaaa, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0xffff8000, 0xffffff80]
FLAGS = [0, 1, 4, 0x10, 0x40, 0x80, 0x800, 0x8d5]
FREE = [0, 1, 2, 6, 7]  # registers that no memory operand here needs
EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI = range(8)
TIMES = {"arithmetic": 4, "multiply": 4, "shift": 3, "bit": 4, "string": 3}  # groups of random cases
rng = random.Random(20)
cases = []


def value():
    return rng.choice(EDGES) if rng.random() < 0.55 else rng.getrandbits(32)


def flags():
    return rng.choice(FLAGS) if rng.random() < 0.5 else rng.getrandbits(12) & 0x8d5


def case(code, registers=None, flag=None, memory=None):
    gpr = list(BASE)
    for number, content in (registers or {}).items():
        gpr[number] = content & 0xffffffff
    window = bytearray(PATTERN)
    for offset, content in (memory or {}).items():
        window[offset:offset + len(content)] = content
    cases.append((bytes(code), gpr, flags() if flag is None else flag, bytes(window)))


def imm(size):
    return value().to_bytes(4, "little")[:size]


def le(number, size):
    return (number & (1 << 8 * size) - 1).to_bytes(size, "little")


def prefix(size):
    return b"\x66" if size == 2 else b""


def rr(reg, rm):
    return bytes([0xc0 | reg << 3 | rm])


def mem(reg, offset=8):
    """[EBX + offset]: EBX is the window."""
    return bytes([0x43 | reg << 3, offset])


def registers_for(size, count):
    """Register numbers for operands, and which whole registers they are in."""
    numbers = [rng.choice([0, 1, 2, 3, 4, 5, 6, 7] if size == 1 else [0, 1, 2, 3, 5, 6, 7]) for _ in range(count)]
    return numbers, [n & 3 if size == 1 else n for n in numbers]


def two_operands(opcodes, n, size, to_register=True, immediate=b""):
    """op rm,reg and op reg,rm forms: `opcodes` is (rm first, reg first or None)."""
    first, second = opcodes
    for _ in range(n):
        (reg, rm), whole = registers_for(size, 2)
        inputs = {r: value() for r in whole}
        if first is not None:
            case(prefix(size) + first + rr(reg, rm) + immediate, inputs)
            r = rng.choice(FREE if size > 1 else [0, 1, 2, 4, 5, 6])
            case(prefix(size) + first + mem(r) + immediate, {r & 3 if size == 1 else r: value()}, None, {8: imm(4)})
        if second is not None:
            case(prefix(size) + second + rr(reg, rm) + immediate, {r: value() for r in whole})
            r = rng.choice(FREE if size > 1 else [0, 1, 2, 4, 5, 6])
            case(prefix(size) + second + mem(r) + immediate, {r & 3 if size == 1 else r: value()}, None, {8: imm(4)})


def one_operand(opcode, digit, n, size, immediate=lambda: b"", extra=lambda: {}):
    for _ in range(n):
        (rm,), (whole,) = registers_for(size, 1)
        case(prefix(size) + opcode + rr(digit, rm) + immediate(), {**extra(), whole: value()})
        case(prefix(size) + opcode + mem(digit) + immediate(), extra(), None, {8: imm(4)})


def arithmetic():
    for op in range(8):
        for size in (1, 2, 4):
            w = size != 1
            base = op * 8 + w
            two_operands((bytes([base]), bytes([base + 2])), 20, size)
            for _ in range(12):
                case(prefix(size) + bytes([op * 8 + 4 + w]) + imm(size), {EAX: value()})
            one_operand(bytes([0x80 + w]), op, 8, size, lambda: imm(size))
            if w:
                one_operand(b"\x83", op, 8, size, lambda: imm(1))
    for size in (1, 2, 4):
        w = size != 1
        two_operands((bytes([0x84 + w]), None), 12, size)
        one_operand(bytes([0xf6 + w]), 0, 8, size, lambda: imm(size))
        for _ in range(8):
            case(prefix(size) + bytes([0xa8 + w]) + imm(size), {EAX: value()})
        for digit in (2, 3):
            one_operand(bytes([0xf6 + w]), digit, 20, size)
        for digit in (0, 1):
            one_operand(bytes([0xfe + w]), digit, 20, size)
        two_operands((bytes([0x0f, 0xc0 + w]), None), 20, size)
        for _ in range(20):
            accumulator, (r,) = value(), registers_for(size, 1)[1]
            equal = rng.random() < 0.5
            case(prefix(size) + bytes([0x0f, 0xb0 + w]) + rr(2, r if r != 0 else 1),
                 {0: accumulator, 2: value(), r if r != 0 else 1: accumulator if equal else value()})
            case(prefix(size) + bytes([0x0f, 0xb0 + w]) + mem(2), {0: accumulator, 2: value()}, None,
                 {8: le(accumulator, 4) if equal else imm(4)})
        if size > 1:
            for code in range(0x40, 0x50):
                if code & 7 != 4:
                    for _ in range(4):
                        case(prefix(size) + bytes([code]), {code & 7: value()})
    for _ in range(40):
        old = (value(), value())
        same = rng.random() < 0.5
        case(b"\xf0" * rng.randrange(2) + b"\x0f\xc7" + mem(1), {EAX: old[0], EDX: old[1], ECX: value(), EBP: value()},
             None, {8: le(old[0], 4) + le(old[1], 4) if same else imm(4) + imm(4)})
    for pp in (b"\x66", b"\xf3"):
        two_operands((None, pp + b"\x0f\x38\xf6"), 20, 4)


def multiply():
    for size in (1, 2, 4):
        w = size != 1
        for digit in (4, 5):
            one_operand(bytes([0xf6 + w]), digit, 40, size, extra=lambda: {EAX: value()})
        for digit in (6, 7):
            for _ in range(90):
                divisor = value()
                bits = 8 * size
                mask = (1 << bits) - 1
                small = divisor & mask
                kind = rng.random()
                if kind < 0.3 or small == 0:
                    low, high = value(), value()
                else:
                    # A quotient that fits, or misses by one.
                    signed = small - (1 << bits) if digit == 7 and small >> bits - 1 else small
                    limit = 1 << bits - (1 if digit == 7 else 0)
                    quotient = rng.choice([0, 1, limit - 1, limit, rng.randrange(limit)])
                    if digit == 7 and rng.random() < 0.5:
                        quotient = -quotient
                    dividend = quotient * signed + rng.randrange(abs(signed))
                    low, high = dividend & mask, dividend >> bits & mask
                inputs = {EAX: low | high << 8 if size == 1 else low, EDX: high if size > 1 else value()}
                if rng.random() < 0.5:
                    case(prefix(size) + bytes([0xf6 + w]) + rr(digit, 1), {**inputs, ECX: divisor})
                else:
                    case(prefix(size) + bytes([0xf6 + w]) + mem(digit), inputs, None, {8: le(divisor, 4)})
    for size in (2, 4):
        two_operands((None, b"\x0f\xaf"), 40, size)
        for opcode, width in ((0x69, size), (0x6b, 1)):
            for _ in range(40):
                (reg, rm), whole = registers_for(size, 2)
                case(prefix(size) + bytes([opcode]) + rr(reg, rm) + imm(width), {r: value() for r in whole})
                case(prefix(size) + bytes([opcode]) + mem(reg) + imm(width), {}, None, {8: imm(4)})


def shift():
    counts = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 18, 24, 27, 31, 32, 33, 40, 63, 64, 65, 128, 255]
    for digit in range(8):
        for size in (1, 2, 4):
            w = size != 1
            one_operand(bytes([0xd0 + w]), digit, 12, size)
            for count in counts:
                one_operand(bytes([0xc0 + w]), digit, 1, size, lambda: bytes([count]))
                case(prefix(size) + bytes([0xd2 + w]) + rr(digit, 2), {ECX: value() & ~0xff | count, EDX: value()})
                case(prefix(size) + bytes([0xd2 + w]) + mem(digit), {ECX: value() & ~0xff | count}, None, {8: imm(4)})
    for opcode in (0xa4, 0xac):
        for size in (2, 4):
            for count in counts:
                if size == 2 and count & 31 > 16:
                    continue  # undefined altogether
                for _ in range(2):
                    case(prefix(size) + bytes([0x0f, opcode]) + rr(0, 2) + bytes([count]), {EAX: value(), EDX: value()})
                    case(prefix(size) + bytes([0x0f, opcode]) + mem(0) + bytes([count]), {EAX: value()}, None, {8: imm(4)})
                    case(prefix(size) + bytes([0x0f, opcode + 1]) + rr(0, 2),
                         {EAX: value(), EDX: value(), ECX: value() & ~0xff | count})
                    case(prefix(size) + bytes([0x0f, opcode + 1]) + mem(0), {EAX: value(), ECX: value() & ~0xff | count},
                         None, {8: imm(4)})


def decimal():
    for opcode in (0x27, 0x2f):
        for al in range(256):
            for f in (0, 1, 0x10, 0x11):
                case(bytes([opcode]), {EAX: 0x01020300 | al}, f)
    for opcode in (0x37, 0x3f):
        for al in range(256):
            for f in (0, 0x10):
                case(bytes([opcode]), {EAX: 0x01020000 | rng.choice([0, 1, 2, 0x7f, 0xfe, 0xff]) << 8 | al}, f)
    for al in range(256):
        case(b"\xd4\x0a", {EAX: 0x01020300 | al})
        case(bytes([0xd4, rng.choice([1, 2, 7, 10, 16, 255])]), {EAX: value()})
        case(b"\xd5\x0a", {EAX: al | rng.choice([0, 1, 9, 0x10, 0xff]) << 8})
        case(bytes([0xd5, rng.getrandbits(8)]), {EAX: value()})
    for _ in range(4):
        case(b"\xd4\x00", {EAX: value()})


def vex(pp, mm, opcode, reg, vvvv, rest):
    return bytes([0xc4, 0xe0 | mm, (~vvvv & 15) << 3 | pp, opcode]) + rest


def bit():
    for index, digit in enumerate((4, 5, 6, 7)):
        opcode = 0xa3 + 8 * index
        for size in (2, 4):
            for _ in range(24):
                case(prefix(size) + bytes([0x0f, opcode]) + rr(1, 2), {ECX: value(), EDX: value()})
                offset = rng.randrange(-64 if size == 2 else -64, 400)
                case(prefix(size) + bytes([0x0f, opcode]) + mem(1), {ECX: offset if size == 4 else value() & ~0xffff | offset & 0xffff})
                case(prefix(size) + b"\x0f\xba" + rr(digit, 2) + imm(1), {EDX: value()})
                case(prefix(size) + b"\x0f\xba" + mem(digit) + imm(1), {}, None, {8: imm(4)})
    for size in (2, 4):
        for code in (b"\x0f\xbc", b"\x0f\xbd", b"\xf3\x0f\xb8", b"\xf3\x0f\xbc", b"\xf3\x0f\xbd"):
            two_operands((None, code), 30, size)
        for _ in range(20):
            case(b"\x0f\xba" + mem(4) + imm(1), {}, None, {8: imm(4)})
    for size in (2, 4):
        two_operands((None, b""), 0, size)
        for _ in range(12):
            r = rng.choice(FREE)
            case(prefix(size) + b"\x0f\x38\xf0" + mem(r), {}, None, {8: imm(4)})
            case(prefix(size) + b"\x0f\x38\xf1" + mem(r), {r: value()})
    for _ in range(20):
        case(bytes([0x0f, 0xc8 | rng.choice([0, 1, 2, 3, 5, 6, 7])]), {r: value() for r in (0, 1, 2, 3, 5, 6, 7)})
    for size, code in ((1, b"\xf2\x0f\x38\xf0"), (2, b"\x66\xf2\x0f\x38\xf1"), (4, b"\xf2\x0f\x38\xf1")):
        for _ in range(20):
            case(code + rr(2, 1), {EDX: value(), ECX: value()})
            case(code + mem(2), {EDX: value()}, None, {8: imm(4)})
    # BMI: pp, map, opcode, /digit or None
    forms = [(0, 2, 0xf2, None), (0, 2, 0xf3, 1), (0, 2, 0xf3, 2), (0, 2, 0xf3, 3), (0, 2, 0xf7, None), (0, 2, 0xf5, None),
             (2, 2, 0xf5, None), (3, 2, 0xf5, None), (3, 2, 0xf6, None), (1, 2, 0xf7, None), (2, 2, 0xf7, None),
             (3, 2, 0xf7, None)]
    for pp, mm, opcode, digit in forms:
        for _ in range(30):
            small = rng.random() < 0.5
            v = rng.getrandbits(8) | rng.getrandbits(8) << 8 if small else value()
            reg = 2 if digit is None else digit
            case(vex(pp, mm, opcode, reg, 1, rr(reg, 6)), {EDX: value(), ECX: v, ESI: value()})
            case(vex(pp, mm, opcode, reg, 1, mem(reg)), {EDX: value(), ECX: v}, None, {8: imm(4)})
    for _ in range(30):
        case(vex(3, 3, 0xf0, 2, 0, rr(2, 6)) + imm(1), {ESI: value()})
        case(vex(3, 3, 0xf0, 2, 0, mem(2)) + imm(1), {}, None, {8: imm(4)})


def move():
    for size in (1, 2, 4):
        w = size != 1
        two_operands((bytes([0x88 + w]), bytes([0x8a + w])), 8, size)
        two_operands((bytes([0x86 + w]), None), 10, size)
        one_operand(bytes([0xc6 + w]), 0, 6, size, lambda: imm(size))
        for _ in range(4):
            address = le(WINDOW + rng.randrange(60), 4)
            case(prefix(size) + bytes([0xa0 + w]) + address, {EAX: value()})
            case(prefix(size) + bytes([0xa2 + w]) + address, {EAX: value()})
        for r in range(8):
            case(prefix(size) + bytes([0xb0 + r + 8 * w]) + imm(size), {} if r == 4 and w else {r & 3 if not w else r: value()})
            if w and r not in (0, 4):
                case(prefix(size) + bytes([0x90 + r]), {EAX: value(), r: value()})
    for size in (2, 4):
        for opcode in (0xb6, 0xb7, 0xbe, 0xbf):
            for _ in range(10):
                case(prefix(size) + bytes([0x0f, opcode]) + rr(rng.choice([0, 2, 6]), rng.randrange(4)),
                     {r: value() for r in (0, 1, 2, 3)})
                case(prefix(size) + bytes([0x0f, opcode]) + mem(rng.choice([0, 2, 6])), {}, None, {8: imm(4)})
        for opcode in (0x98, 0x99):
            for _ in range(10):
                case(prefix(size) + bytes([opcode]), {EAX: value(), EDX: value()})
        for condition in range(16):
            for f in FLAGS + [0x880, 0x840, 0xc0, 0x41, 0x801]:
                case(prefix(size) + bytes([0x0f, 0x40 | condition]) + rr(0, 2), {EAX: value(), EDX: value()}, f)
            case(prefix(size) + bytes([0x0f, 0x40 | condition]) + mem(0), {EAX: value()})
    for condition in range(16):
        for f in FLAGS + [0x880, 0x840, 0xc0, 0x41, 0x801]:
            case(bytes([0x0f, 0x90 | condition]) + rr(0, rng.choice([0, 5])), {EAX: value(), ECX: value()}, f)
        case(bytes([0x0f, 0x90 | condition]) + mem(0))
    for _ in range(16):
        case(b"\xd7", {EAX: value() & ~0xff | rng.randrange(64)})
        case(b"\x9f", {EAX: value()})
        case(b"\x9e", {EAX: value()})
        case(b"\xd6", {EAX: value()})
        for code in (0xf5, 0xf8, 0xf9, 0xfc, 0xfd):
            case(bytes([code]), {}, flags() | rng.choice([0, 0x400]))
    # LEA has every address form without touching memory.
    for size in (2, 4):
        for modrm in range(0xc0):
            for _ in range(2):
                code = bytes([0x8d, modrm & ~0x38 | 0x10])
                if modrm & 7 == 4:
                    code += imm(1)
                code += imm(4)
                length = 2 + (modrm & 7 == 4)
                base = code[2] & 7 if modrm & 7 == 4 else modrm & 7
                length += 1 if modrm >> 6 == 1 else 4 if modrm >> 6 == 2 or base == 5 else 0
                case(prefix(size) + code[:length], {r: value() for r in (0, 1, 2, 3, 5, 6, 7)})
                length = 2 + (1 if modrm >> 6 == 1 else 2 if modrm >> 6 == 2 or modrm & 7 == 6 else 0)
                code = bytes([0x8d, modrm & ~0x38 | 0x10]) + imm(4)
                case(prefix(size) + b"\x67" + code[:length], {r: value() for r in (0, 1, 2, 3, 5, 6, 7)})
    # Loads and stores through some of them.
    for _ in range(60):
        index = rng.randrange(8)
        scale = rng.randrange(4)
        case(b"\x8b" + bytes([0x44, scale << 6 | 1 << 3 | 3, (24 - (index << scale)) & 0xff]), {ECX: index})
        case(b"\x89" + bytes([0x44, scale << 6 | 1 << 3 | 3, (24 - (index << scale)) & 0xff]), {ECX: index, EAX: value()})
        case(b"\x8b" + bytes([0x04, 0x24]))
        case(b"\x8b" + bytes([0x45, rng.randrange(-40, 20) & 0xff]))


def string():
    for size in (1, 2, 4):
        w = size != 1
        for d in (0, 0x400):
            where = {ESI: WINDOW + (0x10 if not d else 0x2c), EDI: WINDOW + (0x20 if not d else 0x1c)}
            for opcode in (0xa4, 0xa6, 0xaa, 0xac, 0xae):
                for _ in range(6):
                    data = {o: imm(4) for o in (0x10, 0x2c, 0x20, 0x1c)}
                    case(prefix(size) + bytes([opcode + w]), {**where, EAX: value()}, flags() | d, data)
                for rep in (b"\xf3", b"\xf2"):
                    for count in (0, 1, 2, 4):
                        # The same bytes in both places for some elements, so that comparisons go on.
                        data = bytes(rng.choice([5, 5, 5, 6]) for _ in range(64))
                        for _ in range(2):
                            case(rep + prefix(size) + bytes([opcode + w]),
                                 {**where, EAX: rng.choice([0x05050505, 0x06060606, value()]), ECX: count}, flags() | d,
                                 {0: data})
    for _ in range(8):
        # Overlapping copies.
        case(b"\xf3\xa4", {ESI: WINDOW + 8, EDI: WINDOW + 9, ECX: 20}, 0)
        case(b"\xf3\xa5", {ESI: WINDOW + 8, EDI: WINDOW + 10, ECX: 5}, 0)
        case(b"\xf3\xa4", {ESI: WINDOW + 40, EDI: WINDOW + 38, ECX: 20}, 0x400)
        case(b"\x67\xe3\x05", {ECX: rng.choice([0, 0x10000, 1])})


def stack():
    for size in (2, 4):
        for r in range(8):
            case(prefix(size) + bytes([0x50 | r]), {} if r == 4 else {r: value()})
            case(prefix(size) + bytes([0x58 | r]))
        for _ in range(6):
            case(prefix(size) + b"\x68" + imm(size))
            case(prefix(size) + b"\x6a" + imm(1))
            case(prefix(size) + b"\xff" + mem(6), {}, None, {8: imm(4)})
            case(prefix(size) + b"\x8f" + mem(0))
            case(prefix(size) + b"\x60", {r: value() for r in (0, 1, 2, 3, 5, 6, 7)})
            case(prefix(size) + b"\x61", {ESP: WINDOW + 8})
            case(prefix(size) + b"\x9c")
            flag = flags() | 0x202 | rng.choice([0, 0x400])
            case(prefix(size) + b"\x9d", {}, None, {0x30: le(flag, 4)})
            case(prefix(size) + b"\xc9", {EBP: WINDOW + 0x18})
            for level in (0, 1, 2, 3):
                case(prefix(size) + b"\xc8" + le(rng.randrange(8), 2) + bytes([level]), {EBP: WINDOW + 0x20, ESP: WINDOW + 0x38})
        # Operands addressed by ESP: POP computes the address after it has moved ESP.
        case(prefix(size) + b"\xff\x74\x24\x04")
        case(prefix(size) + b"\x8f\x44\x24\x04")
        case(prefix(size) + b"\x8f\x04\x24")


def branch():
    for condition in range(16):
        for f in FLAGS + [0x880, 0x840, 0xc0, 0x41, 0x801]:
            case(bytes([0x70 | condition, rng.randrange(-100, 100) & 0xff]), {}, f)
            case(bytes([0x0f, 0x80 | condition]) + le(rng.randrange(-1000, 1000), 4), {}, f)
    for opcode in (0xe0, 0xe1, 0xe2, 0xe3):
        for count in (0, 1, 2, 0xffffffff):
            for f in (0, 0x40, 0x8d5):
                case(bytes([opcode, rng.randrange(-100, 100) & 0xff]), {ECX: count}, f)
                case(bytes([0x67, opcode, rng.randrange(-100, 100) & 0xff]), {ECX: count ^ 0xab0000}, f)
    for _ in range(8):
        case(b"\xeb" + le(rng.randrange(-100, 100), 1))
        case(b"\xe9" + le(rng.randrange(-1000, 1000), 4))
        case(b"\xe8" + le(rng.randrange(-1000, 1000), 4))
        target = CODE + rng.randrange(-1000, 1000)
        case(b"\xff" + rr(4, 2), {EDX: target})
        case(b"\xff" + rr(2, 2), {EDX: target})
        case(b"\xff" + mem(4), {}, None, {8: le(target, 4)})
        case(b"\xff" + mem(2), {}, None, {8: le(target, 4)})
        case(b"\xff\x54\x24\x04", {}, None, {0x34: le(target, 4)})
        case(b"\xc3", {}, None, {0x30: le(target, 4)})
        case(b"\xc2" + le(rng.randrange(12), 2), {}, None, {0x30: le(target, 4)})
    for low, high, index in ((0, 10, 5), (0, 10, 0), (0, 10, 10), (0, 10, 11), (5, 10, 4), (-5, 5, -1), (-5, 5, -6)):
        case(b"\x62" + mem(0), {EAX: index}, None, {8: le(low, 4) + le(high, 4)})
        case(b"\x66\x62" + mem(0), {EAX: index}, None, {8: le(low, 2) + le(high, 2)})
    case(b"\xce", {}, 0)
    for code in (b"\x0f\x0b", b"\x0f\xff\xc0", b"\x0f\xb9\xc0", b"\xf0\x01\xc0", b"\xf0\x90", b"\x8d\xc0", b"\x0f\xc7\xc8"):
        case(code)


def execute(runner):
    blobs = []
    for start in range(0, len(cases), 256):
        part = cases[start:start + 256]
        blobs.append(struct.pack("<I", len(part)))
        for code, gpr, flag, window in part:
            blobs.append(code.ljust(16, b"\xcc") + struct.pack("<8I3I", *gpr, flag | 0x202, 0, 0) + window)
    out = subprocess.run([runner], input=b"".join(blobs), capture_output=True, check=True).stdout
    assert len(out) == 124 * len(cases), (len(out), len(cases))
    return [out[i:i + 124] for i in range(0, len(out), 124)]


def masked(now, then, width):
    mask = sum(1 << i for i in range(len(now)) if now[i] != then[i])
    return mask, b"".join(le(now[i], width) for i in range(len(now)) if now[i] != then[i])


def pack(result, given):
    code, gpr, flag, window = given
    after = struct.unpack_from("<8I3I", result, 16)
    trap = after[10]
    end = after[9] - CODE - 1 if trap == 3 else 0
    blob = bytes([len(code)]) + code
    for registers, old, bits, memory, before in (
            (gpr, BASE, flag, window, PATTERN), (after[:8], gpr, after[8], result[60:], window)):
        mask, values = masked(registers, old, 4)
        blob += bytes([mask]) + values + struct.pack("<H", bits & 0xcd5)
        mask, values = masked(memory, before, 1)
        blob += struct.pack("<Q", mask) + values
    return blob + struct.pack("<Bh", trap, end)


def main():
    here = pathlib.Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        runner = f"{folder}/runner"
        subprocess.run(
            ["clang", "-m32", "-O2", "-nostdlib", "-static", "-ffreestanding", "-fno-stack-protector", "-mno-sse",
             "-fuse-ld=lld", "-o", runner, str(here / "runner.c")], check=True)
        for group in (arithmetic, multiply, shift, decimal, bit, move, string, stack, branch):
            cases.clear()
            for _ in range(TIMES.get(group.__name__, 1)):
                group()
            blob = b"".join(pack(result, given) for result, given in zip(execute(runner), cases))
            path = here.parent / "Vectors" / f"{group.__name__}.vectors.gz"
            path.write_bytes(gzip.compress(blob, 9, mtime=0))
            print(group.__name__, len(cases), "cases,", path.stat().st_size, "bytes")


main()
