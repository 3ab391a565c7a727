// Records what VFP instructions do in QEMU's user-mode emulator, for FloatingVectorTests.
//
//   ./floating.sh      builds this, runs it and writes ../Vectors/floating.bin.gz
//
// Numbers are little-endian. The file has
//   the pool of singles, that of doubles and that of integers: a count byte, and the encodings;
//   scalar sections: length and letters of a name, the encoding, precisions of the operands in D, N and M (0 none,
//   4 single or integer of the pool at 1, 8 double; bit 7: the integers' pool) and of the result, a word with the
//   number of rows, and the rows: mode (rounding, FZ 4, DN 8), an index for each operand, the result, and the top
//   and the low byte of FPSCR; a section with an empty name ends them;
//   short vectors: a word with the number of rows, and the rows: encoding, FPSCR, seed of the registers, FPSCR
//   after, a mask of the words that changed, and these.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

static u64 seed = 0x5eed;
static u64 rnd(void) {
  u64 z = seed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static FILE *out;
static void put(u64 v, int n) { for (int i = 0; i < n; i++) fputc(v >> (8 * i) & 0xff, out); }

// The register file, and what runs one instruction on it.
static u32 file[32], fpscr;
static u32 *code;
static void run(u32 instruction) {
  code[0] = instruction;
  code[1] = 0xe12fff1e;  // bx lr
  __builtin___clear_cache((char *)code, (char *)(code + 2));
  u32 *f = file;
  u32 control = fpscr, zero = 0;
  __asm__ volatile(
      "fmxr fpscr, %3\n mov r4, %1\n fldmiad r4, {d0-d15}\n fmxr fpscr, %0\n mov lr, pc\n bx %2\n"
      "fmrx %0, fpscr\n fmxr fpscr, %3\n fstmiad r4, {d0-d15}\n"
      : "+r"(control) : "r"(f), "r"(code), "r"(zero)
      : "r4", "lr", "memory", "cc", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12",
        "d13", "d14", "d15");
  fpscr = control;
}

enum { EDGES = 44 };
static u32 singles[96], integers[64];
static u64 doubles[96];
static int singleCount, doubleCount, integerCount;

static void fill(void) {
  static const u32 s[] = {0, 1, 0x00400000, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x3f800000, 0x3f800001,
                          0x3f7fffff, 0x3f000000, 0x3fc00000, 0x40000000, 0x33800000, 0x34000000, 0x4b7fffff,
                          0x7f7fffff, 0x7f000000, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000};
  static const u64 d[] = {0, 1, 0x0008000000000000, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001,
                          0x001fffffffffffff, 0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff,
                          0x3fe0000000000000, 0x3ff8000000000000, 0x4000000000000000, 0x3ca0000000000000,
                          0x3cb0000000000000, 0x433fffffffffffff, 0x7fefffffffffffff, 0x7fe0000000000000,
                          0x7ff0000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff, 0x7ff8000000000123};
  for (int sign = 0; sign < 2; sign++)
    for (int i = 0; i < 22; i++) {
      singles[singleCount++] = s[i] | (u32)sign << 31;
      doubles[doubleCount++] = d[i] | (u64)sign << 63;
    }
  // The edges of integers, and of singles in doubles.
  static const double e[] = {2147483646.5, 2147483647.0, 2147483647.5, 2147483648.0, 4294967295.0, 4294967295.5,
                             4294967296.0, -2147483648.0, -2147483648.5, -2147483649.0, -0.5, -0.75, 2.5, 3.5, -1.5,
                             1e20, 0x1.fffffep127, 0x1.ffffffp127, 0x1.fffffefp127, 0x1p-126, 0x1.ffffffp-127,
                             0x1.fffffep-127, 0x1p-149, 0x1p-150, 0x1.8p-150, 0x1.000001p0, 0x1.000003p0,
                             0x1.0000010000001p0};
  for (unsigned i = 0; i < sizeof e / sizeof *e; i++) {
    float f = e[i];
    memcpy(&doubles[doubleCount++], &e[i], 8);
    if (i < 16) memcpy(&singles[singleCount++], &f, 4);
  }
  while (singleCount < 80) {
    u64 r = rnd();
    singles[singleCount] = singleCount & 1 ? r : (r & 0x807fffff) | (u32)(127 + (r >> 40) % 40 - 20) << 23;
    singleCount++;
  }
  while (doubleCount < 96) {
    u64 r = rnd();
    doubles[doubleCount] = doubleCount & 1 ? r : (r & 0x800fffffffffffff) | (u64)(1023 + rnd() % 80 - 40) << 52;
    doubleCount++;
  }
  static const u32 n[] = {0, 1, 2, 0xff, 0xffffff, 0x1000000, 0x1000001, 0x1000002, 0x1000003, 0x7fffff80, 0x7fffffbf,
                          0x7fffffc0, 0x7fffffff, 0x80000000, 0x80000001, 0xffffff7f, 0xffffff80, 0xffffffff,
                          0xfffffffe, 0xff000001, 0xfeffffff};
  for (unsigned i = 0; i < sizeof n / sizeof *n; i++) integers[integerCount++] = n[i];
  while (integerCount < 40) integers[integerCount++] = rnd() >> (rnd() % 24);
}

static void load(int word, int kind, int index) {
  if (kind & 0x80) file[word] = integers[index];
  else if (kind == 4) file[word] = singles[index];
  else if (kind == 8) memcpy(file + word, &doubles[index], 8);
}
static int count(int kind) { return kind & 0x80 ? integerCount : kind == 4 ? singleCount : doubleCount; }

static int rows;
static void row(u32 instruction, int mode, int d, int di, int n, int ni, int m, int mi, int result) {
  rows++;
  for (int i = 0; i < 32; i++) file[i] = 0;
  load(10, d, di);
  load(12, n, ni);
  load(14, m, mi);
  fpscr = (u32)(mode & 3) << 22 | (u32)(mode >> 2 & 1) << 24 | (u32)(mode >> 3 & 1) << 25;
  run(instruction);
  put(mode, 1);
  if (d) put(di, 1);
  if (n) put(ni, 1);
  if (m) put(mi, 1);
  u64 value = file[10];
  if (result == 8) memcpy(&value, file + 10, 8);
  put(value, result);
  put(fpscr >> 24 & 0xf0, 1);
  put(fpscr & 0xff, 1);
}

// Operands are D5, D6 and D7, or S10, S12 and S14.
static void section(const char *name, u32 instruction, int d, int n, int m, int result) {
  put(strlen(name), 1);
  fwrite(name, 1, strlen(name), out);
  put(instruction, 4);
  put(d, 1);
  put(n, 1);
  put(m, 1);
  put(result, 1);
  long at = ftell(out);
  put(0, 4);
  rows = 0;
  int two = n ? n : d;
  if (!two) {
    for (int i = 0; i < count(m); i++)
      for (int mode = 0; mode < 16; mode++) row(instruction, mode, 0, 0, 0, 0, m, i, result);
  } else if (n && d) {
    for (int i = 0; i < 4000; i++) {
      // Mostly edges.
      int x = rnd() % (rnd() & 1 ? EDGES : count(n)), y = rnd() % (rnd() & 1 ? EDGES : count(m));
      row(instruction, rnd() & 15, d, rnd() % (rnd() & 1 ? EDGES : count(d)), n, x, m, y, result);
    }
  } else {
    for (int i = 0; i < EDGES; i++)
      for (int j = 0; j < (m ? EDGES : 1); j++)
        for (int k = 0; k < 2; k++) row(instruction, rnd() & 15, d, i, n, i, m, j, result);
    for (int i = 0; i < 2000; i++)
      row(instruction, rnd() & 15, d, rnd() % count(two), n, rnd() % count(two), m, m ? rnd() % count(m) : 0, result);
  }
  long end = ftell(out);
  fseek(out, at, SEEK_SET);
  put(rows, 4);
  fseek(out, end, SEEK_SET);
}

// D5, D6, D7 and S10, S12, S14 have the same fields.
enum { FIELDS = 0x00065007 };

static void vectors(void) {
  long at = ftell(out);
  put(0, 4);
  int done = 0;
  static const u32 ops[] = {0x0e000000, 0x0e000040, 0x0e100000, 0x0e100040, 0x0e200000, 0x0e200040, 0x0e300000,
                            0x0e300040, 0x0e800000, 0x0eb00040, 0x0eb000c0, 0x0eb10040, 0x0eb100c0,
                            // Always scalar: FCMP, FCVT, FSITO, FTOSIZ.
                            0x0eb40040, 0x0eb700c0, 0x0eb800c0, 0x0ebd00c0};
  while (done < 1000) {
    u32 op = ops[rnd() % 17];
    // The emulator goes to other registers than the manual's with a stride of 2 and for doubles.
    int length = rnd() % 8 + 1;
    int isDouble = length == 1;
    int d = rnd() % (isDouble ? 16 : 32), n = rnd() % (isDouble ? 16 : 32), m = rnd() % (isDouble ? 16 : 32);
    int bank = isDouble ? 4 : 8;
    int isScalar = (op & 0xfb0000) > 0xb10000;
    // Vectors that overlap in part are UNPREDICTABLE.
    if (!isScalar && d >= bank && length > 1) {
      if (d / bank == n / bank && d != n) continue;
      if (d / bank == m / bank && d != m) continue;
    }
    u32 instruction = 0xe0000000 | op | (isDouble ? 0xb00 : 0xa00);
    int isCrossed = (op & 0xff0000) == 0xb70000, isFrom = (op & 0xff0000) == 0xb80000, isTo = (op & 0xff0000) == 0xbd0000;
    int dd = isCrossed ? !isDouble : isTo ? 0 : isDouble, md = isFrom ? 0 : isDouble;
    if (isCrossed && dd) d &= 15;
    instruction |= dd ? d << 12 : (d >> 1) << 12 | (d & 1) << 22;
    instruction |= md ? m & 15 : (m >> 1) | (m & 1) << 5;
    if ((op & 0x00b00000) != 0x00b00000) instruction |= isDouble ? n << 16 : (n >> 1) << 16 | (n & 1) << 7;
    u32 before[32];
    u64 start = rnd(), keep = seed;
    seed = start;
    for (int i = 0; i < 32; i += isDouble ? 2 : 1) {
      u64 r = rnd(), q = rnd();
      u64 wide = (r & 0x800fffffffffffff) | (1015 + (q & 15)) << 52;
      if (isDouble) memcpy(before + i, &wide, 8);
      else before[i] = (r & 0x807fffff) | (u32)(118 + (q & 15)) << 23;
    }
    seed = keep;
    memcpy(file, before, sizeof before);
    u32 control = (u32)(length - 1) << 16 | (u32)(rnd() & 3) << 22;
    fpscr = control;
    run(instruction);
    put(instruction, 4);
    put(control, 4);
    put(start, 8);
    put(fpscr, 4);
    u32 mask = 0;
    for (int i = 0; i < 32; i++) if (file[i] != before[i]) mask |= 1u << i;
    put(mask, 4);
    for (int i = 0; i < 32; i++) if (mask >> i & 1) put(file[i], 4);
    done++;
  }
  long end = ftell(out);
  fseek(out, at, SEEK_SET);
  put(done, 4);
  fseek(out, end, SEEK_SET);
}

int main(int argc, char **argv) {
  out = fopen(argv[1], "wb");
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!out || code == MAP_FAILED) return 1;
  fill();
  put(singleCount, 1);
  for (int i = 0; i < singleCount; i++) put(singles[i], 4);
  put(doubleCount, 1);
  for (int i = 0; i < doubleCount; i++) put(doubles[i], 8);
  put(integerCount, 1);
  for (int i = 0; i < integerCount; i++) put(integers[i], 4);
  for (int wide = 0; wide < 2; wide++) {
    int p = wide ? 8 : 4, q = wide ? 4 : 8;
    u32 base = (wide ? 0xe0000b00 : 0xe0000a00) | FIELDS;
    u32 unary = base & ~0xf0000u;
    char name[16];
#define NAME(x) (snprintf(name, sizeof name, "%s%c", x, wide ? 'd' : 's'), name)
    section(NAME("fmac"), base | 0x0e000000, p, p, p, p);
    section(NAME("fnmac"), base | 0x0e000040, p, p, p, p);
    section(NAME("fmsc"), base | 0x0e100000, p, p, p, p);
    section(NAME("fnmsc"), base | 0x0e100040, p, p, p, p);
    section(NAME("fmul"), base | 0x0e200000, 0, p, p, p);
    section(NAME("fnmul"), base | 0x0e200040, 0, p, p, p);
    section(NAME("fadd"), base | 0x0e300000, 0, p, p, p);
    section(NAME("fsub"), base | 0x0e300040, 0, p, p, p);
    section(NAME("fdiv"), base | 0x0e800000, 0, p, p, p);
    section(NAME("fcpy"), unary | 0x0eb00040, 0, 0, p, p);
    section(NAME("fabs"), unary | 0x0eb000c0, 0, 0, p, p);
    section(NAME("fneg"), unary | 0x0eb10040, 0, 0, p, p);
    section(NAME("fsqrt"), unary | 0x0eb100c0, 0, 0, p, p);
    section(NAME("fcmp"), unary | 0x0eb40040, p, 0, p, p);
    section(NAME("fcmpe"), unary | 0x0eb400c0, p, 0, p, p);
    section(NAME("fcmpz"), (unary & ~7u) | 0x0eb50040, p, 0, 0, p);
    section(NAME("fcmpez"), (unary & ~7u) | 0x0eb500c0, p, 0, 0, p);
    section(wide ? "fcvtsd" : "fcvtds", unary | 0x0eb700c0, 0, 0, p, q);
    section(NAME("fuito"), unary | 0x0eb80040, 0, 0, 0x84, p);
    section(NAME("fsito"), unary | 0x0eb800c0, 0, 0, 0x84, p);
    section(NAME("ftoui"), unary | 0x0ebc0040, 0, 0, p, 4);
    section(NAME("ftouiz"), unary | 0x0ebc00c0, 0, 0, p, 4);
    section(NAME("ftosi"), unary | 0x0ebd0040, 0, 0, p, 4);
    section(NAME("ftosiz"), unary | 0x0ebd00c0, 0, 0, p, 4);
  }
  put(0, 1);
  vectors();
  return fclose(out) != 0;
}
