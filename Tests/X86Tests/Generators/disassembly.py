#!/usr/bin/env python3
"""Records what objdump says about random instructions: Tests/X86Tests/Vectors/disassembly.txt.gz.

Each line: code size in bits, address and the bytes of one instruction in hex, text. Left out is what Ferry's
CPUs do not have (AVX, XOP, VMX and other vendors' instructions) and where objdump 2.40 departs from the processor:
CR1 and MOV to CS, FWAIT merged into the next instruction, LOCK where it is not permitted, the target of a short
branch with an operand-size prefix, undocumented prefetches, BND, SALC and x87 aliases (bad to it).
"""
import gzip, pathlib, random, re, subprocess, sys, tempfile

SLOT = 32
PREFIXES = [0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]
OTHERS = set(
    "xbegin xabort xend femms getsec syscall sysret sysexitq frstpm rsm bndmk bndcl bndcu bndcn bndmov bndldx "
    "bndstx skinit clgi stgi invlpga rdfsbase rdgsbase wrfsbase wrgsbase ptwrite incsspd rstorssp setssbsy "
    "saveprevssp clrssbsy wrssd wrussd rdpkru wrpkru encls enclu enclv pconfig enqcmd enqcmds movdiri movdir64b "
    "umonitor umwait tpause clzero rdpru mcommit invept invvpid xstore-rng wbnoinvd xsusldtrk xresldtrk "
    "gf2p8mulb gf2p8affineqb gf2p8affineinvqb sha1nexte sha1msg1 sha1msg2 sha256rnds2 sha256msg1 sha256msg2 "
    "sha1rnds4 rdsspd prefetchit0 prefetchit1 extrq insertq movntss movntsd pswapd lwpval lwpins llwpcb slwpcb "
    "aesencwide128kl aesdecwide128kl aesenc128kl aesenc256kl aesdec128kl aesdec256kl loadiwkey encodekey128 "
    "encodekey256 bextr tzmsk blcfill blsfill blcs blcic blsic t1mskc blcmsk blci xcryptecb montmul xsha1 xsha256 "
    "aadd aand aor axor swapgs seamret seamops seamcall tdcall psmash pvalidate rmpupdate rmpadjust tlbsync invlpgb".split())


def sample(rng):
    code = []
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        code.append(rng.choice(PREFIXES))
    kind = rng.randrange(20)
    if kind < 6:
        pass
    elif kind < 13:
        code.append(0x0f)
    elif kind < 15:
        code += [0x0f, 0x38]
    elif kind < 17:
        code += [0x0f, 0x3a]
    elif kind < 18:
        code = [0xc4, 0xe0 | rng.choice([2, 2, 2, 3]), rng.randrange(0, 128) & ~4, rng.randrange(0xf0, 0xf8)]
    else:
        code.append(rng.randrange(0xd8, 0xe0))
    code += rng.randbytes(15)
    return bytes(code[:15])


def wanted(code, text):
    words = text.split()
    while words and words[0] in ("data16", "data32", "addr16", "addr32", "cs", "ds", "es", "ss", "fs", "gs", "repz",
                                 "repnz", "rep", "lock", "bnd", "xacquire", "xrelease", "notrack"):
        words.pop(0)
    if not words or "(bad)" in text or "?" in text or "8087" in text or "287" in text:
        return False
    name = words[0]
    if name in OTHERS or name.startswith("xcrypt") or re.search(r"\b(cr[1567]|mov cs)\b", text) or (name[0] == "v" and name not in ("verr", "verw", "vmcall")) or name.startswith("p") and (
            text.count("mm") == 2 and code[:2] == b"\x0f\x0f"):
        return False
    body = code.lstrip(bytes(PREFIXES + [0xf0]))
    prefixes = code[:len(code) - len(body)]
    if 0xf0 in prefixes or body[0] == 0x9b and len(body) > 1 or b"\x0f\x0f" == body[:2]:
        return False
    short = 0x70 <= body[0] < 0x80 or 0xe0 <= body[0] < 0xe4 or body[0] == 0xeb
    if short and 0x66 in prefixes or "tr" in text and body[:2] in (b"\x0f\x24", b"\x0f\x26"):
        return False
    if body[:2] == b"\x0f\xae" and text.startswith("data"):
        return False
    # An unused F2 or F3 before an instruction that has none of the mandatory prefixes is undefined.
    if body[0] == 0x0f and any(word in text for word in ("repz", "repnz")):
        return False
    if body[:2] == b"\x0f\x0d" or len(set(prefixes) & {0xf2, 0xf3}) and ("bnd" in text or len(prefixes) != len(set(prefixes))):
        return False
    # objdump calls the address-size prefix unused there.
    return not ("eiz" in text and 0x67 in prefixes)


def record(bits, machine, count, seed):
    rng = random.Random(seed)
    samples = [sample(rng) for _ in range(count)]
    lines = []
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(b"".join(code + b"\x90" * (SLOT - 15) for code in samples))
        file.flush()
        listing = subprocess.run(
            ["objdump", "-D", "-b", "binary", "-m", machine, "-M", "intel", "--no-show-raw-insn", file.name],
            check=True, capture_output=True, text=True).stdout
    entries = []
    for line in listing.splitlines():
        found = re.match(r"\s*([0-9a-f]+):\t(.*)", line)
        if found:
            entries.append((int(found[1], 16), " ".join(found[2].split(" #")[0].split())))
    for (address, text), (after, _) in zip(entries, entries[1:]):
        if address % SLOT:
            continue
        code = samples[address // SLOT][:after - address]
        if len(code) == after - address and wanted(code, text):
            lines.append(f"{bits} {address:x} {code.hex()} {text}")
    return lines


lines = record(32, "i386", int(sys.argv[1]), 1) + record(16, "i8086", int(sys.argv[1]) // 3, 2)
target = pathlib.Path(__file__).resolve().parent.parent / "Vectors" / "disassembly.txt.gz"
target.parent.mkdir(exist_ok=True)
target.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))
print(len(lines), "instructions,", target.stat().st_size, "bytes")
