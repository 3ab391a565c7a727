// Records what x87, MMX and SSE instructions do on the host, for FloatingVectorTests.
//
//   ./floating.sh      builds this, runs it and writes ../Vectors/floating.bin.gz
//
// Each instruction is put between FXRSTOR and FXSAVE in a page of code, with its memory operand at [rsi], which
// 32-bit code encodes as [esi]. A file has pools of operands, then sections: an instruction's bytes, which
// fields take operands from which pools, and rows of pool indices with the fields that changed.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

struct image { u8 fx[512]; u8 mem[64]; u32 eax, ecx, edx, pad; u64 flags; } __attribute__((aligned(64)));
static struct image st;

enum { EAX, ECX, EDX, EFLAGS, MXCSR, FCW, FSW, FTW, R0, X0 = 16, X1, X2, MEM, FAULT, FIELDS };
static const int sizes[FIELDS] = {4, 4, 4, 4, 4, 2, 2, 1, 10, 10, 10, 10, 10, 10, 10, 10, 16, 16, 16, 32, 1};
typedef struct { u8 f[FIELDS][32]; } fields;

static u64 seed = 0x5eed;
static u64 rnd(void) {
  u64 z = seed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Pools.
typedef struct { int size, count; u8 data[256][16]; } pool;
enum { P80, PTRIG, PUNIT, P64, P32, P16I, P32I, P64I, PBCD, PCW, PFSW, PFTW, PMX, PPS, PPD, PINT, PSTR, PLEN, PFLAGS,
       PCWQUIET, PMXQUIET, PMXFEW, PLOG, PINT10, POOLS };
static pool pools[POOLS];
static void put(int p, const void *v, int size) {
  pool *q = &pools[p];
  q->size = size;
  if (q->count < 256) memcpy(q->data[q->count++], v, size);
}
static void put80(int p, u16 e, u64 s) { u8 b[10]; memcpy(b, &s, 8); memcpy(b + 8, &e, 2); put(p, b, 10); }
static void ld(int p, long double x) { put(p, &x, 10); }

static void fill(void) {
  for (int s = 0; s < 2; s++) {
    u16 m = s << 15;
    put80(P80, m, 0); put80(P80, m, 1); put80(P80, m, 0x00123456789abcde); put80(P80, m, 0x7fffffffffffffff);
    put80(P80, m, 1ull << 63); put80(P80, m, 0xc000000000000001);
    put80(P80, m | 1, 1ull << 63); put80(P80, m | 1, ~0ull); put80(P80, m | 2, 0x8000000000000001);
    put80(P80, m | 0x3fff, 1ull << 63); put80(P80, m | 0x3fff, 0x8000000000000001); put80(P80, m | 0x3ffe, ~0ull);
    put80(P80, m | 0x4000, 1ull << 63); put80(P80, m | 0x3ffe, 1ull << 63); put80(P80, m | 0x4000, 0xc000000000000000);
    put80(P80, m | 0x7ffe, ~0ull); put80(P80, m | 0x7ffe, 1ull << 63); put80(P80, m | 0x7fff, 1ull << 63);
    put80(P80, m | 0x7fff, 0xc000000000000000); put80(P80, m | 0x7fff, 0x8000000000000001);
    put80(P80, m | 0x7fff, 0xc123456789abcdef); put80(P80, m | 0x7fff, 0xbfffffffffffffff);
    put80(P80, m | 0x7fff, 0); put80(P80, m | 0x7fff, 0x4000000000000000); put80(P80, m | 0x4000, 0x7fffffffffffffff);
    put80(P80, m | 0x1234, 1);
  }
  static const double mids[] = {0x1p-126, 0x1.fffffep-127, 0x1.ffffffp-127, 0x1p-149, 0x1p-150, 0x1.8p-150, 0x1.8p-149,
    0x1.fffffep127, 0x1.ffffffp127, 0x1p128, 32767.5, -32768.5, 32767.25, 2147483647.5, -2147483648.5, 2147483646.5,
    0.5, 1.5, 2.5, 10, 3.14159, 0.1, 1e10};
  for (unsigned i = 0; i < sizeof mids / sizeof *mids; i++) ld(P80, mids[i]);
  ld(P80, 0x1p-1022L); ld(P80, 0x1.fffffffffffffp-1023L); ld(P80, 0x1.fffffffffffff8p-1023L); ld(P80, 0x1p-1074L);
  ld(P80, 0x1p-1075L); ld(P80, 0x1.8p-1075L); ld(P80, 0x1.fffffffffffff8p1023L); ld(P80, 0x1p1024L);
  ld(P80, 9223372036854775807.0L); ld(P80, 9223372036854775808.0L); ld(P80, 9223372036854775807.5L / 2);
  ld(P80, -9223372036854775808.0L); ld(P80, 999999999999999999.0L); ld(P80, 999999999999999999.5L);
  ld(P80, -1000000000000000000.0L); ld(P80, 123456789012345678.0L); ld(P80, 0x1p62L); ld(P80, 0x1p64L);
  for (int i = 0; i < 40; i++) put80(P80, (rnd() & 0x8000) | (0x3fff - 35 + rnd() % 70), rnd() | 1ull << 63);
  for (int i = 0; i < 16; i++) put80(P80, (rnd() & 0x8000) | (0x3fff - 3 + rnd() % 6), (rnd() << 40) | 1ull << 63);
  for (int i = 0; i < 16; i++) put80(P80, (rnd() & 0x8000) | (0x3fff - 1 + rnd() % 2), (rnd() & 7) | 1ull << 63);
  for (int i = 0; i < 12; i++) put80(P80, (rnd() & 0x8000) | (1 + rnd() % 0x7ffe), rnd() | 1ull << 63);
  for (int i = 0; i < 8; i++) put80(P80, (rnd() & 0x8000) | (1 + rnd() % 40), rnd() | 1ull << 63);
  for (int i = 0; i < 8; i++) put80(P80, (rnd() & 0x8000) | (0x7ffe - rnd() % 40), rnd() | 1ull << 63);

  // Angles: specials of P80 again, then what reductions have to do with.
  for (int i = 0; i < 52; i++) put(PTRIG, pools[P80].data[i], 10);
  for (int i = 0; i < 120; i++) put80(PTRIG, (rnd() & 0x8000) | (0x3fff - 12 + rnd() % 30), rnd() | 1ull << 63);
  for (int i = 0; i < 30; i++) put80(PTRIG, (rnd() & 0x8000) | (0x3fff - 60 + rnd() % 124), rnd() | 1ull << 63);
  for (int i = 1; i < 20; i++) ld(PTRIG, i * 0.785398163397448309615660845819875721L);
  ld(PTRIG, 0x1p62L); ld(PTRIG, 0x1.fffp62L); ld(PTRIG, 0x1p63L); ld(PTRIG, -0x1p63L); ld(PTRIG, 0x1p64L);
  // F2XM1 and FYL2XP1: what they are defined for.
  for (int i = 0; i < 24; i++) if (i != 13 && i != 14) put(PUNIT, pools[P80].data[i], 10);
  for (int i = 0; i < 160; i++) put80(PUNIT, (rnd() & 0x8000) | (0x3ffe - rnd() % (i < 120 ? 6 : 70)), rnd() | 1ull << 63);
  put80(PUNIT, 0x3fff, 1ull << 63); put80(PUNIT, 0xbfff, 1ull << 63); put80(PUNIT, 0x3ffe, ~0ull);
  for (int i = 0; i < 160; i++) {
    long double x;
    do { u16 e = (rnd() & 0x8000) | (0x3ffd - rnd() % (i < 100 ? 4 : 70)); u64 s = rnd() | 1ull << 63;
      memcpy(&x, &s, 8); memcpy((u8 *)&x + 8, &e, 2); } while (x > 0.2928L || x < -0.2928L);
    ld(PLOG, x);
  }
  for (int i = 0; i < 8; i++) put(PLOG, pools[P80].data[i], 10);
  put80(PLOG, 0x7fff, 0xc000000000000000); put80(PLOG, 0x7fff, 0x8000000000000001); put80(PLOG, 0x1234, 1);

  static const u64 d[] = {0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001, 0x3ff0000000000000,
    0x3ff0000000000001, 0x3fefffffffffffff, 0x4000000000000000, 0x3fe0000000000000, 0x7fefffffffffffff,
    0x7ff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x7ffc123456789abc, 0x7ff7ffffffffffff,
    0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0x41dfffffffd00000, 0x43e0000000000000,
    0x3810000000000000, 0x380fffffe0000000, 0x36a0000000000000, 0x3690000000000000, 0x47efffffe0000000,
    0x47effffff0000000, 0x47f0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0x0008000000000000,
    0x0020000000000000};
  for (unsigned i = 0; i < sizeof d / sizeof *d; i++) { put(P64, &d[i], 8); u64 n = d[i] ^ 1ull << 63; put(P64, &n, 8); }
  for (int i = 0; i < 100; i++) { u64 x = (rnd() & 0x800fffffffffffff) | (u64)(1023 - 20 + rnd() % 55) << 52;
    if (i & 1) x &= ~0x3ffffffffull;
    put(P64, &x, 8); }
  for (int i = 0; i < 30; i++) { u64 x = rnd(); put(P64, &x, 8); }
  static const u32 f[] = {0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x40000000,
    0x3f000000, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fc12345, 0x7fbfffff, 0x4effffff, 0x4f000000,
    0x4f7fffff, 0x5f000000, 0x3fc00000, 0x40200000, 0x00400000, 0x01000000, 0x1f800000, 0x5f800000, 0x20000001};
  for (unsigned i = 0; i < sizeof f / sizeof *f; i++) { put(P32, &f[i], 4); u32 n = f[i] ^ 1u << 31; put(P32, &n, 4); }
  for (int i = 0; i < 120; i++) { u32 x = (rnd() & 0x807fffff) | (u32)(127 - 10 + rnd() % 45) << 23;
    if (i & 1) x &= ~0x3fff;
    put(P32, &x, 4); }
  for (int i = 0; i < 30; i++) { u32 x = rnd(); put(P32, &x, 4); }
  static const u64 n[] = {0, 1, -1, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0x7fffffffffffffff, 1ull << 63, 100, 0xffff,
    0xffffffff, 0x1000001, 0x20000000000001};
  for (unsigned i = 0; i < sizeof n / sizeof *n; i++) { put(P16I, &n[i], 2); put(P32I, &n[i], 4); put(P64I, &n[i], 8); }
  for (int i = 0; i < 40; i++) { u64 x = rnd() >> (rnd() & 63); put(P16I, &x, 2); put(P32I, &x, 4); put(P64I, &x, 8); }
  for (int i = 0; i < 40; i++) {
    u8 b[10];
    for (int j = 0; j < 9; j++) b[j] = i < 2 ? 0 : rnd() % 10 | (rnd() % 10) << 4;
    if (i < 10) for (int j = i; j < 9; j++) b[j] = 0;
    b[9] = i & 1 ? 0x80 : 0;
    put(PBCD, b, 10);
  }
  static const u16 cw[] = {0x37f, 0x37f, 0x37f, 0x37f, 0x77f, 0xb7f, 0xf7f, 0x07f, 0x47f, 0x87f, 0xc7f, 0x27f, 0x67f, 0xa7f, 0xe7f,
    0x37e, 0x37d, 0x37b, 0x377, 0x36f, 0x35f, 0x340, 0xb40, 0x040, 0x24f};
  for (unsigned i = 0; i < sizeof cw / sizeof *cw; i++) { put(PCW, &cw[i], 2); if (i < 15) put(PCWQUIET, &cw[i], 2); }
  static const u16 sw[] = {0x3000, 0x7700};
  for (int i = 0; i < 2; i++) put(PFSW, &sw[i], 2);
  static const u8 tw[] = {0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xff, 0x9f, 0x5f, 0x1f};
  for (unsigned i = 0; i < sizeof tw; i++) put(PFTW, &tw[i], 1);
  static const u32 mx[] = {0x1f80, 0x1f80, 0x1f80, 0x1f80, 0x3f80, 0x5f80, 0x7f80, 0x9f80, 0x1fc0, 0x9fc0, 0xff80, 0xdfc0, 0x1fa0,
    0x1f00, 0x1e80, 0x1d80, 0x1b80, 0x1780, 0x0f80, 0x0000, 0x8000, 0x4040};
  for (unsigned i = 0; i < sizeof mx / sizeof *mx; i++) { put(PMX, &mx[i], 4); if (i < 13) put(PMXQUIET, &mx[i], 4); }
  put(PMXFEW, &mx[0], 4); put(PMXFEW, &mx[9], 4);
  for (int i = 0; i < 200; i++) {
    u8 b[16];
    int plain = i % 3 == 0;
    for (int j = 0; j < 4; j++)
      memcpy(b + 4 * j, pools[P32].data[plain ? 54 + rnd() % 120 : rnd() % pools[P32].count], 4);
    put(PPS, b, 16);
    for (int j = 0; j < 2; j++)
      memcpy(b + 8 * j, pools[P64].data[plain ? 64 + rnd() % 100 : rnd() % pools[P64].count], 8);
    put(PPD, b, 16);
    u64 x[2] = {rnd(), rnd()};
    if (i % 4 == 1) { static const u8 e[] = {0, 0xff, 0x7f, 0x80, 1, 0xfe}; for (int j = 0; j < 16; j++) ((u8 *)x)[j] = e[rnd() % 6]; }
    if (i % 4 == 2) x[0] = rnd() % 70, x[1] = rnd() & 1 ? 0 : x[0];
    if (i == 7) x[0] = x[1] = 0;
    put(PINT, x, 16);
    u8 t[10] = {0}; memcpy(t, x, 8); t[8] = 0x37; t[9] = 0x12;
    put(PINT10, t, 10);
    int wide = i & 1, end = rnd() % 20;
    for (int j = 0; j < 16; j++) b[j] = j < end ? "abcdxyz\x80"[rnd() % 8] : 0;
    if (wide) for (int j = 0; j < 8; j++) { b[2 * j + 1] = rnd() % 4 == 0; if (2 * j >= end) b[2 * j] = b[2 * j + 1] = 0; }
    put(PSTR, b, 16);
  }
  static const u32 len[] = {0, 1, 3, 7, 8, 9, 15, 16, 17, -1, -8, 0x80000000, 100};
  for (unsigned i = 0; i < sizeof len / sizeof *len; i++) put(PLEN, &len[i], 4);
  static const u32 fl[] = {0, 0x8d5, 1, 0x40, 4, 0x41};
  for (unsigned i = 0; i < 6; i++) put(PFLAGS, &fl[i], 4);
}

// Execution.
static u8 *code;
static sigjmp_buf jump;
static void fpe(int s, siginfo_t *i, void *c) {
  (void)s; (void)i;
  ucontext_t *u = c;
  memcpy(st.fx, u->uc_mcontext.fpregs, 416);
  st.eax = u->uc_mcontext.gregs[REG_RAX]; st.ecx = u->uc_mcontext.gregs[REG_RCX]; st.edx = u->uc_mcontext.gregs[REG_RDX];
  st.flags = u->uc_mcontext.gregs[REG_EFL];
  siglongjmp(jump, 1);
}

static void assemble(const u8 *insn, int n) {
  u8 *p = code;
#define B(...) do { u8 b_[] = {__VA_ARGS__}; memcpy(p, b_, sizeof b_); p += sizeof b_; } while (0)
#define D(o) (u8)((o)), (u8)((o) >> 8), 0, 0
  B(0x53, 0x57, 0x48, 0x89, 0xfb);                                    // push rbx, rdi; mov rbx, rdi
  B(0x0f, 0xae, 0x8b, D(0));                                          // fxrstor [rbx]
  B(0x48, 0x8d, 0xb3, D(offsetof(struct image, mem)));                // lea rsi, [rbx+mem]
  B(0x48, 0x89, 0xf7);                                                // mov rdi, rsi
  B(0x8b, 0x83, D(offsetof(struct image, eax)), 0x8b, 0x8b, D(offsetof(struct image, ecx)));
  B(0x8b, 0x93, D(offsetof(struct image, edx)));
  B(0xff, 0xb3, D(offsetof(struct image, flags)), 0x9d);              // push [flags]; popf
  memcpy(p, insn, n); p += n;
  B(0x9c, 0x8f, 0x83, D(offsetof(struct image, flags)));              // pushf; pop [flags]
  B(0x0f, 0xae, 0x83, D(0));                                          // fxsave [rbx]
  B(0x89, 0x83, D(offsetof(struct image, eax)), 0x89, 0x8b, D(offsetof(struct image, ecx)));
  B(0x89, 0x93, D(offsetof(struct image, edx)), 0xdb, 0xe3, 0x5f, 0x5b, 0xc3);
}

static void load(const fields *a) {
  memset(st.fx, 0, 512);
  memcpy(st.fx, a->f[FCW], 2); memcpy(st.fx + 2, a->f[FSW], 2); st.fx[4] = a->f[FTW][0];
  memcpy(st.fx + 24, a->f[MXCSR], 4);
  int top = (a->f[FSW][1] >> 3) & 7;
  for (int i = 0; i < 8; i++) memcpy(st.fx + 32 + 16 * i, a->f[R0 + ((top + i) & 7)], 10);
  for (int i = 0; i < 3; i++) memcpy(st.fx + 160 + 16 * i, a->f[X0 + i], 16);
  memcpy(st.mem, a->f[MEM], 32);
  memcpy(&st.eax, a->f[EAX], 4); memcpy(&st.ecx, a->f[ECX], 4); memcpy(&st.edx, a->f[EDX], 4);
  u32 e; memcpy(&e, a->f[EFLAGS], 4); st.flags = 0x202 | e;
}
static void save(fields *b) {
  memset(b, 0, sizeof *b);
  memcpy(b->f[FCW], st.fx, 2); memcpy(b->f[FSW], st.fx + 2, 2); b->f[FTW][0] = st.fx[4];
  memcpy(b->f[MXCSR], st.fx + 24, 4);
  int top = (b->f[FSW][1] >> 3) & 7;
  for (int i = 0; i < 8; i++) memcpy(b->f[R0 + ((top + i) & 7)], st.fx + 32 + 16 * i, 10);
  for (int i = 0; i < 3; i++) memcpy(b->f[X0 + i], st.fx + 160 + 16 * i, 16);
  memcpy(b->f[MEM], st.mem, 32);
  memcpy(b->f[EAX], &st.eax, 4); memcpy(b->f[ECX], &st.ecx, 4); memcpy(b->f[EDX], &st.edx, 4);
  u32 e = st.flags & 0x8d5; memcpy(b->f[EFLAGS], &e, 4);
}

static void defaults(fields *a) {
  memset(a, 0, sizeof *a);
  u32 v[] = {0x11223344, 0x55667788, 0x99aabbcc, 0, 0x1f80};
  for (int i = 0; i < 5; i++) memcpy(a->f[i], &v[i], 4);
  u16 w = 0x37f, s = 0x3000;
  memcpy(a->f[FCW], &w, 2); memcpy(a->f[FSW], &s, 2); a->f[FTW][0] = 0xdf;
  for (int i = 0; i < 8; i++) { long double x = i + 1.25L; memcpy(a->f[R0 + i], &x, 10); }
  for (int i = 0; i < 3; i++) for (int j = 0; j < 16; j++) a->f[X0 + i][j] = 0x10 * (i + 1) + j;
  for (int j = 0; j < 32; j++) a->f[MEM][j] = 0xa0 + j;
}

static FILE *out;
typedef struct { int field, pool; } slot;
static int tolerance = 0;

static void section(const char *name, const u8 *insn, int n, const slot *slots, int count, int rows) {
  u8 h = strlen(name);
  fwrite(&h, 1, 1, out); fwrite(name, 1, h, out);
  h = n; fwrite(&h, 1, 1, out); fwrite(insn, 1, n, out);
  h = tolerance; fwrite(&h, 1, 1, out);
  h = count; fwrite(&h, 1, 1, out);
  for (int i = 0; i < count; i++) { h = slots[i].field; fwrite(&h, 1, 1, out); h = slots[i].pool; fwrite(&h, 1, 1, out); }
  u16 r = rows; fwrite(&r, 2, 1, out);
  assemble(insn, n);
  for (int row = 0; row < rows; row++) {
    fields a, b;
    defaults(&a);
    for (int i = 0; i < count; i++) {
      pool *p = &pools[slots[i].pool];
      u8 k = rnd() % p->count;
      memcpy(a.f[slots[i].field], p->data[k], p->size);
      fwrite(&k, 1, 1, out);
    }
    load(&a);
    int fault = 0;
    if (sigsetjmp(jump, 1) == 0) ((void (*)(struct image *))code)(&st);
    else fault = 19;
    u32 quiet = 0x1f80;
    __asm__ volatile("fninit; ldmxcsr %0" ::"m"(quiet));
    save(&b);
    b.f[FAULT][0] = fault;
    u8 changes = 0;
    for (int i = 0; i < FIELDS; i++) changes += memcmp(a.f[i], b.f[i], sizes[i]) != 0;
    fwrite(&changes, 1, 1, out);
    for (u8 i = 0; i < FIELDS; i++)
      if (memcmp(a.f[i], b.f[i], sizes[i])) { fwrite(&i, 1, 1, out); fwrite(b.f[i], 1, sizes[i], out); }
  }
}

static int hex(const char *s, u8 *b) {
  int n = 0;
  for (; *s; s++) if (*s != ' ') { b[n++] = strtol((char[]){s[0], s[1], 0}, 0, 16); s++; }
  return n;
}
#define S(name, bytes, rows, ...) do { u8 b_[15]; int n_ = hex(bytes, b_); slot s_[] = {__VA_ARGS__}; \
  section(name, b_, n_, s_, sizeof s_ / sizeof *s_, rows); } while (0)
#define ST0 {R0 + 6, P80}
#define ST1 {R0 + 7, P80}
#define CTL {FCW, PCW}, {FSW, PFSW}, {FTW, PFTW}

static void x87(void) {
  static const char *ar[] = {"fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr"};
  char name[32], b[32];
  for (int i = 0; i < 8; i++) {
    sprintf(b, "d8 %02x", 0xc1 + 8 * i); S(ar[i], b, i == 2 || i == 3 ? 250 : 600, ST0, ST1, CTL);
    sprintf(name, "%s single", ar[i]); sprintf(b, "d8 %02x", 0x06 + 8 * i); S(name, b, 200, ST0, {MEM, P32}, CTL);
    sprintf(name, "%s double", ar[i]); sprintf(b, "dc %02x", 0x06 + 8 * i); S(name, b, 200, ST0, {MEM, P64}, CTL);
    sprintf(name, "%s word", ar[i]); sprintf(b, "de %02x", 0x06 + 8 * i); S(name, b, 80, ST0, {MEM, P16I}, CTL);
    sprintf(name, "%s long", ar[i]); sprintf(b, "da %02x", 0x06 + 8 * i); S(name, b, 80, ST0, {MEM, P32I}, CTL);
    if (i == 2 || i == 3) continue;
    sprintf(name, "%s to ST(1)", ar[i]); sprintf(b, "dc %02x", 0xc1 + 8 * i); S(name, b, 80, ST0, ST1, CTL);
    sprintf(name, "%s and pop", ar[i]); sprintf(b, "de %02x", 0xc1 + 8 * i); S(name, b, 80, ST0, ST1, CTL);
    sprintf(name, "%s ST(3)", ar[i]); sprintf(b, "d8 %02x", 0xc3 + 8 * i); S(name, b, 20, ST0, {R0 + 1, P80}, CTL);
  }
  S("fcompp", "de d9", 100, ST0, ST1, CTL); S("fucom", "dd e1", 250, ST0, ST1, CTL); S("fucomp", "dd e9", 80, ST0, ST1, CTL);
  S("fucompp", "da e9", 80, ST0, ST1, CTL);
#define FL {EFLAGS, PFLAGS}
  S("fcomi", "db f1", 250, ST0, ST1, CTL, FL); S("fcomip", "df f1", 80, ST0, ST1, CTL, FL); S("fucomi", "db e9", 250, ST0, ST1, CTL, FL);
  S("fucomip", "df e9", 80, ST0, ST1, CTL, FL); S("ftst", "d9 e4", 200, ST0, CTL); S("fxam", "d9 e5", 250, ST0, CTL);
  static const char *cm[] = {"da c1", "da c9", "da d1", "da d9", "db c1", "db c9", "db d1", "db d9"};
  for (int i = 0; i < 8; i++) { sprintf(name, "fcmov %d", i); S(name, cm[i], 40, ST0, ST1, CTL, FL); }
  S("fchs", "d9 e0", 80, ST0, CTL); S("fabs", "d9 e1", 80, ST0, CTL); S("fsqrt", "d9 fa", 600, ST0, CTL);
  S("frndint", "d9 fc", 400, ST0, CTL); S("fscale", "d9 fd", 600, ST0, ST1, CTL); S("fxtract", "d9 f4", 300, ST0, CTL);
  S("fprem", "d9 f8", 800, ST0, ST1, CTL); S("fprem1", "d9 f5", 800, ST0, ST1, CTL);
  S("fld", "d9 c1", 60, ST0, ST1, CTL); S("fld single", "d9 06", 200, {MEM, P32}, CTL); S("fld double", "dd 06", 200, {MEM, P64}, CTL);
  S("fld extended", "db 2e", 100, {MEM, P80}, CTL); S("fild word", "df 06", 60, {MEM, P16I}, CTL);
  S("fild long", "db 06", 60, {MEM, P32I}, CTL); S("fild quad", "df 2e", 60, {MEM, P64I}, CTL);
  S("fbld", "df 26", 60, {MEM, PBCD}, CTL); S("fbstp", "df 36", 300, ST0, CTL);
  S("fst", "dd d1", 60, ST0, CTL); S("fstp", "dd d9", 60, ST0, CTL); S("fst ST(3)", "dd d3", 20, ST0, CTL);
  S("fst single", "d9 16", 400, ST0, CTL); S("fstp single", "d9 1e", 150, ST0, CTL); S("fst double", "dd 16", 400, ST0, CTL);
  S("fstp double", "dd 1e", 150, ST0, CTL); S("fstp extended", "db 3e", 100, ST0, CTL);
  S("fist word", "df 16", 250, ST0, CTL); S("fistp word", "df 1e", 150, ST0, CTL); S("fist long", "db 16", 250, ST0, CTL);
  S("fistp long", "db 1e", 150, ST0, CTL); S("fistp quad", "df 3e", 250, ST0, CTL); S("fisttp word", "df 0e", 150, ST0, CTL);
  S("fisttp long", "db 0e", 150, ST0, CTL); S("fisttp quad", "dd 0e", 150, ST0, CTL);
  S("fxch", "d9 c9", 60, ST0, ST1, CTL); S("fxch ST(3)", "d9 cb", 20, ST0, CTL);
  static const char *co[] = {"d9 e8", "d9 e9", "d9 ea", "d9 eb", "d9 ec", "d9 ed", "d9 ee"};
  for (int i = 0; i < 7; i++) { sprintf(name, "constant %d", i); S(name, co[i], 40, CTL); }
  S("fincstp", "d9 f7", 20, CTL); S("fdecstp", "d9 f6", 20, CTL); S("ffree", "dd c1", 20, CTL); S("ffreep", "df c1", 20, CTL);
  S("fnop", "d9 d0", 10, CTL); S("fnclex", "db e2", 10, CTL); S("fnstcw", "d9 3e", 20, CTL);
  S("fnstsw", "dd 3e", 20, CTL); S("fnstsw ax", "df e0", 20, CTL); S("fldcw", "d9 2e", 54, {MEM, P16I}, {FSW, PFSW});
  tolerance = 1;
#define QCTL {FCW, PCWQUIET}, {FSW, PFSW}, {FTW, PFTW}
  S("fsin", "d9 fe", 500, {R0 + 6, PTRIG}, QCTL); S("fcos", "d9 ff", 500, {R0 + 6, PTRIG}, QCTL);
  S("fptan", "d9 f2", 500, {R0 + 6, PTRIG}, QCTL); S("fsincos", "d9 fb", 300, {R0 + 6, PTRIG}, QCTL);
  S("f2xm1", "d9 f0", 500, {R0 + 6, PUNIT}, QCTL); S("fyl2x", "d9 f1", 600, ST0, ST1, QCTL);
  S("fyl2xp1", "d9 f9", 500, {R0 + 6, PLOG}, ST1, QCTL); S("fpatan", "d9 f3", 600, ST0, ST1, QCTL);
  tolerance = 0;
}

#define A {X1, p}
#define BB {X2, p}
// An instruction with operands xmm1, xmm2 and xmm1, [rsi].
static void sse(const char *name, const char *op, const char *imm, int p, int mx, int rows) {
  char b[64], m[64];
  sprintf(b, "%s ca %s", op, imm);
  S(name, b, rows, A, BB, {MXCSR, mx});
  sprintf(b, "%s 0e %s", op, imm); sprintf(m, "%s [esi]", name);
  S(m, b, rows / 6 + 4, A, {MEM, p}, {MXCSR, mx});
}
static void integer(const char *name, const char *op, const char *imm) { sse(name, op, imm, PINT, PMXFEW, 60); }
// An MMX instruction with operands mm1, mm2 and mm1, [rsi].
static void mmx(const char *name, const char *op, const char *imm) {
  char b[64], m[64];
  sprintf(b, "%s ca %s", op, imm);
  S(name, b, 60, {R0 + 1, PINT10}, {R0 + 2, PINT10});
  sprintf(b, "%s 0e %s", op, imm); sprintf(m, "%s [esi]", name);
  S(m, b, 14, {R0 + 1, PINT10}, {MEM, PINT});
}

static void vectors(void) {
  static const struct { const char *n; u8 o; } ar[] = {{"add", 0x58}, {"mul", 0x59}, {"sub", 0x5c}, {"min", 0x5d}, {"div", 0x5e},
    {"max", 0x5f}, {"sqrt", 0x51}};
  static const char *pre[] = {"", "66 ", "f3 ", "f2 "}, *suf[] = {"ps", "pd", "ss", "sd"};
  char n[32], o[32], im[8];
  for (unsigned i = 0; i < sizeof ar / sizeof *ar; i++)
    for (int k = 0; k < 4; k++) {
      sprintf(n, "%s%s", ar[i].n, suf[k]); sprintf(o, "%s0f %02x", pre[k], ar[i].o);
      sse(n, o, "", k & 1 ? PPD : PPS, PMX, 300);
    }
  for (int k = 0; k < 4; k++) for (int i = 0; i < 8; i++) {
    sprintf(n, "cmp%s %d", suf[k], i); sprintf(o, "%s0f c2", pre[k]); sprintf(im, "%02x", i); sse(n, o, im, k & 1 ? PPD : PPS, PMX, 60);
  }
  for (int k = 0; k < 2; k++) {
    slot s[] = {{X1, k ? PPD : PPS}, {X2, k ? PPD : PPS}, {MXCSR, PMX}, {EFLAGS, PFLAGS}};
    u8 b[4] = {0x66, 0x0f, 0x2f, 0xca};
    section(k ? "comisd" : "comiss", b + !k, 3 + k, s, 4, 200);
    b[2] = 0x2e; section(k ? "ucomisd" : "ucomiss", b + !k, 3 + k, s, 4, 200);
  }
  sse("haddps", "f2 0f 7c", "", PPS, PMX, 150); sse("haddpd", "66 0f 7c", "", PPD, PMX, 150); sse("hsubps", "f2 0f 7d", "", PPS, PMX, 150);
  sse("hsubpd", "66 0f 7d", "", PPD, PMX, 150); sse("addsubps", "f2 0f d0", "", PPS, PMX, 150); sse("addsubpd", "66 0f d0", "", PPD, PMX, 150);
  static const u8 dp[] = {0xff, 0x71, 0x3f, 0x81, 0x0f, 0xf0, 0x5a};
  for (unsigned i = 0; i < sizeof dp; i++) { sprintf(im, "%02x", dp[i]); sprintf(n, "dpps %02x", dp[i]);
    sse(n, "66 0f 3a 40", im, PPS, PMXQUIET, 80); sprintf(n, "dppd %02x", dp[i]); sse(n, "66 0f 3a 41", im, PPD, PMXQUIET, 80); }
  for (int i = 0; i < 16; i++) {
    static const char *r[] = {"08", "09", "0a", "0b"};
    sprintf(im, "%02x", i);
    for (int k = 0; k < 4; k++) { sprintf(n, "round%s %d", suf[k], i); sprintf(o, "66 0f 3a %s", r[k]);
      sse(n, o, im, k & 1 ? PPD : PPS, PMX, 30); }
  }
  // Conversions.
  static const struct { const char *n, *o; int p; } cv[] = {{"cvtps2pd", "0f 5a", PPS}, {"cvtpd2ps", "66 0f 5a", PPD},
    {"cvtss2sd", "f3 0f 5a", PPS}, {"cvtsd2ss", "f2 0f 5a", PPD}, {"cvtdq2ps", "0f 5b", PINT}, {"cvtps2dq", "66 0f 5b", PPS},
    {"cvttps2dq", "f3 0f 5b", PPS}, {"cvtdq2pd", "f3 0f e6", PINT}, {"cvttpd2dq", "66 0f e6", PPD}, {"cvtpd2dq", "f2 0f e6", PPD}};
  for (unsigned i = 0; i < sizeof cv / sizeof *cv; i++) sse(cv[i].n, cv[i].o, "", cv[i].p, PMX, 250);
  static const struct { const char *n, *o; int p; } ci[] = {{"cvttss2si", "f3 0f 2c", PPS}, {"cvtss2si", "f3 0f 2d", PPS},
    {"cvttsd2si", "f2 0f 2c", PPD}, {"cvtsd2si", "f2 0f 2d", PPD}, {"movmskps", "0f 50", PPS}, {"movmskpd", "66 0f 50", PPD},
    {"pmovmskb", "66 0f d7", PINT}};
  for (unsigned i = 0; i < sizeof ci / sizeof *ci; i++) { sprintf(o, "%s c2", ci[i].o); S(ci[i].n, o, 200, {X2, ci[i].p}, {MXCSR, PMX});
    if (i < 4) { sprintf(o, "%s 06", ci[i].o); sprintf(n, "%s [esi]", ci[i].n); S(n, o, 40, {MEM, ci[i].p}, {MXCSR, PMX}); } }
  S("cvtsi2ss", "f3 0f 2a c9", 100, {ECX, P32I}, {MXCSR, PMX}); S("cvtsi2sd", "f2 0f 2a c9", 50, {ECX, P32I}, {MXCSR, PMX});
  S("cvtsi2ss [esi]", "f3 0f 2a 0e", 30, {MEM, P32I}, {MXCSR, PMX}); S("cvtsi2sd [esi]", "f2 0f 2a 0e", 30, {MEM, P32I}, {MXCSR, PMX});
  S("cvtpi2ps", "0f 2a ca", 100, {R0 + 2, PINT10}, {MXCSR, PMX}); S("cvtpi2ps [esi]", "0f 2a 0e", 30, {MEM, PINT}, {MXCSR, PMX});
  S("cvtpi2pd", "66 0f 2a ca", 100, {R0 + 2, PINT10}, {MXCSR, PMX}); S("cvtpi2pd [esi]", "66 0f 2a 0e", 30, {MEM, PINT}, {MXCSR, PMX});
  static const struct { const char *n, *o; int p; } cp[] = {{"cvttps2pi", "0f 2c", PPS}, {"cvtps2pi", "0f 2d", PPS},
    {"cvttpd2pi", "66 0f 2c", PPD}, {"cvtpd2pi", "66 0f 2d", PPD}};
  for (int i = 0; i < 4; i++) { sprintf(o, "%s ca", cp[i].o); S(cp[i].n, o, 150, {X2, cp[i].p}, {MXCSR, PMX});
    sprintf(o, "%s 0e", cp[i].o); sprintf(n, "%s [esi]", cp[i].n); S(n, o, 30, {MEM, cp[i].p}, {MXCSR, PMX}); }
  tolerance = 2;
  sse("rcpps", "0f 53", "", PPS, PMXFEW, 200); sse("rcpss", "f3 0f 53", "", PPS, PMXFEW, 100);
  sse("rsqrtps", "0f 52", "", PPS, PMXFEW, 200); sse("rsqrtss", "f3 0f 52", "", PPS, PMXFEW, 100);
  tolerance = 0;
  // Moves.
  static const struct { const char *n, *o; } mv[] = {{"movups", "0f 10"}, {"movupd", "66 0f 10"}, {"movss", "f3 0f 10"}, {"movsd", "f2 0f 10"},
    {"movaps", "0f 28"}, {"movapd", "66 0f 28"}, {"movdqa", "66 0f 6f"}, {"movdqu", "f3 0f 6f"}, {"movq", "f3 0f 7e"},
    {"movsldup", "f3 0f 12"}, {"movshdup", "f3 0f 16"}, {"movddup", "f2 0f 12"}, {"movlps", "0f 12"}, {"movhps", "0f 16"},
    {"unpcklps", "0f 14"}, {"unpcklpd", "66 0f 14"}, {"unpckhps", "0f 15"}, {"unpckhpd", "66 0f 15"},
    {"andps", "0f 54"}, {"andnps", "0f 55"}, {"orps", "0f 56"}, {"xorps", "0f 57"}, {"andpd", "66 0f 54"}, {"andnpd", "66 0f 55"},
    {"orpd", "66 0f 56"}, {"xorpd", "66 0f 57"}};
  for (unsigned i = 0; i < sizeof mv / sizeof *mv; i++) sse(mv[i].n, mv[i].o, "", PINT, PMXFEW, 12);
  static const struct { const char *n, *o; } ms[] = {{"movups", "0f 11"}, {"movupd", "66 0f 11"}, {"movss", "f3 0f 11"}, {"movsd", "f2 0f 11"},
    {"movaps", "0f 29"}, {"movdqa", "66 0f 7f"}, {"movdqu", "f3 0f 7f"}, {"movq", "66 0f d6"}};
  for (unsigned i = 0; i < sizeof ms / sizeof *ms; i++) { sprintf(o, "%s d1", ms[i].o); sprintf(n, "%s store", ms[i].n); S(n, o, 8, {X1, PINT}, {X2, PINT});
    sprintf(o, "%s 16", ms[i].o); sprintf(n, "%s store [esi]", ms[i].n); S(n, o, 8, {X2, PINT}); }
  static const struct { const char *n, *o; } mm[] = {{"movlps store", "0f 13 16"}, {"movhps store", "0f 17 16"}, {"movlpd load", "66 0f 12 0e"},
    {"movhpd load", "66 0f 16 0e"}, {"movlpd store", "66 0f 13 16"}, {"movhpd store", "66 0f 17 16"}, {"movntps", "0f 2b 16"},
    {"movntpd", "66 0f 2b 16"}, {"movntdq", "66 0f e7 16"}, {"movnti", "0f c3 0e"}, {"movntdqa", "66 0f 38 2a 0e"}, {"lddqu", "f2 0f f0 0e"},
    {"movd load", "66 0f 6e c9"}, {"movd load [esi]", "66 0f 6e 0e"}, {"movd store", "66 0f 7e d1"}, {"movd store [esi]", "66 0f 7e 16"},
    {"movq2dq", "f3 0f d6 ca"}, {"movdq2q", "f2 0f d6 ca"}, {"stmxcsr", "0f ae 1e"}, {"maskmovdqu", "66 0f f7 ca"},
    {"extractps", "66 0f 3a 17 d1 02"}, {"extractps [esi]", "66 0f 3a 17 16 03"}, {"pextrb", "66 0f 3a 14 d1 05"}, {"pextrb [esi]", "66 0f 3a 14 16 0f"},
    {"pextrw", "66 0f c5 ca 06"}, {"pextrw sse4", "66 0f 3a 15 d1 03"}, {"pextrw [esi]", "66 0f 3a 15 16 0b"}, {"pextrd", "66 0f 3a 16 d1 01"},
    {"pextrd [esi]", "66 0f 3a 16 16 03"}, {"pinsrb", "66 0f 3a 20 c9 07"}, {"pinsrb [esi]", "66 0f 3a 20 0e 1f"}, {"pinsrw", "66 0f c4 c9 05"},
    {"pinsrw [esi]", "66 0f c4 0e 09"}, {"pinsrd", "66 0f 3a 22 c9 02"}, {"pinsrd [esi]", "66 0f 3a 22 0e 07"}};
  for (unsigned i = 0; i < sizeof mm / sizeof *mm; i++) { u8 b[8]; int l = hex(mm[i].o, b); slot s[] = {{X1, PINT}, {X2, PINT}, {ECX, P32I}, {R0 + 2, PINT10}};
    section(mm[i].n, b, l, s, 4, 16); }
  static const u8 ims[] = {0, 1, 0x1b, 0x4e, 0xe4, 0xb1, 0x39, 0xff, 0x10, 0x8d};
  for (unsigned i = 0; i < sizeof ims; i++) {
    sprintf(im, "%02x", ims[i]);
#define I(nm, op) sprintf(n, nm " %02x", ims[i]); sse(n, op, im, PINT, PMXFEW, 10)
    I("shufps", "0f c6"); I("shufpd", "66 0f c6"); I("pshufd", "66 0f 70"); I("pshufhw", "f3 0f 70"); I("pshuflw", "f2 0f 70");
    I("palignr", "66 0f 3a 0f"); I("blendps", "66 0f 3a 0c"); I("blendpd", "66 0f 3a 0d"); I("pblendw", "66 0f 3a 0e"); I("insertps", "66 0f 3a 21");
    I("mpsadbw", "66 0f 3a 42"); I("pclmulqdq", "66 0f 3a 44"); I("aeskeygenassist", "66 0f 3a df");
    sprintf(n, "pshufw %02x", ims[i]); mmx(n, "0f 70", im);
    sprintf(n, "shift by %02x", ims[i] & 0x47);
    static const char *sh[] = {"0f 71 d1", "0f 71 e1", "0f 71 f1", "0f 72 d1", "0f 72 e1", "0f 72 f1", "0f 73 d1", "0f 73 f1", "0f 73 d9", "0f 73 f9"};
    for (int k = 0; k < 10; k++) {
      sprintf(n, "%s, %d", sh[k], ims[i] & 0x47); sprintf(o, "66 %s %02x", sh[k], ims[i] & 0x47); S(n, o, 6, {X1, PINT});
      if (k < 8) { sprintf(n, "mmx %s, %d", sh[k], ims[i] & 0x47); sprintf(o, "%s %02x", sh[k], ims[i] & 0x47); S(n, o, 6, {R0 + 1, PINT10}); }
    }
  }
  for (int i = 8; i < 16; i++) { sprintf(im, "%02x", i); sprintf(n, "palignr %d", i); sse(n, "66 0f 3a 0f", im, PINT, PMXFEW, 6);
    sprintf(n, "mmx palignr %d", i); mmx(n, "0f 3a 0f", im); }
  static const u8 both[] = {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x74, 0x75, 0x76, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd8,
    0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf2, 0xf3,
    0xf4, 0xf5, 0xf6, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe};
  for (unsigned i = 0; i < sizeof both; i++) { sprintf(o, "66 0f %02x", both[i]); integer(o, o, ""); sprintf(o, "0f %02x", both[i]); mmx(o, o, ""); }
  integer("punpcklqdq", "66 0f 6c", ""); integer("punpckhqdq", "66 0f 6d", "");
  for (int i = 0; i < 0x1f; i++) if (i <= 0xb || i >= 0x1c) { sprintf(o, "66 0f 38 %02x", i); integer(o, o, ""); sprintf(o, "0f 38 %02x", i); mmx(o, o, ""); }
  static const u8 four[] = {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x28, 0x29, 0x2b, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c,
    0x3d, 0x3e, 0x3f, 0x40, 0x41, 0xdb, 0xdc, 0xdd, 0xde, 0xdf};
  for (unsigned i = 0; i < sizeof four; i++) { sprintf(o, "66 0f 38 %02x", four[i]); integer(o, o, ""); }
  S("pblendvb", "66 0f 38 10 ca", 40, {X0, PINT}, {X1, PINT}, {X2, PINT}); S("blendvps", "66 0f 38 14 ca", 40, {X0, PINT}, {X1, PINT}, {X2, PINT});
  S("blendvpd", "66 0f 38 15 ca", 40, {X0, PINT}, {X1, PINT}, {X2, PINT}); S("ptest", "66 0f 38 17 ca", 60, {X1, PINT}, {X2, PINT}, {EFLAGS, PFLAGS});
  for (int i = 0; i < 128; i++) {
    sprintf(im, "%02x", i);
    for (int k = 0; k < 4; k++) { sprintf(n, "pcmp %d %02x", k, i); sprintf(o, "66 0f 3a %02x ca %s", 0x60 + k, im);
      S(n, o, 14, {X1, PSTR}, {X2, PSTR}, {EAX, PLEN}, {EDX, PLEN}, {EFLAGS, PFLAGS}); }
  }
  static const struct { const char *n, *o; } m8[] = {{"movd load", "0f 6e c9"}, {"movd load [esi]", "0f 6e 0e"}, {"movd store", "0f 7e d1"}, {"movd store [esi]", "0f 7e 16"},
    {"movq", "0f 6f ca"}, {"movq [esi]", "0f 6f 0e"}, {"movq store", "0f 7f d1"}, {"movq store [esi]", "0f 7f 16"}, {"movntq", "0f e7 16"}, {"emms", "0f 77"},
    {"maskmovq", "0f f7 ca"}, {"pmovmskb", "0f d7 ca"}, {"pextrw", "0f c5 ca 02"}, {"pinsrw", "0f c4 c9 03"}, {"pinsrw [esi]", "0f c4 0e 01"}};
  for (unsigned i = 0; i < sizeof m8 / sizeof *m8; i++) { u8 b[8]; int l = hex(m8[i].o, b); slot s[] = {{R0 + 1, PINT10}, {R0 + 2, PINT10}, {ECX, P32I}, {MEM, PINT}};
    section(m8[i].n, b, l, s, 4, 12); }
}

int main(int argc, char **argv) {
  if (argc != 2 || !(out = fopen(argv[1], "wb"))) return fprintf(stderr, "usage: floating FILE\n"), 2;
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction sa = {.sa_sigaction = fpe, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &sa, 0);
  fill();
  fwrite("FPV1", 1, 4, out);
  u8 n = POOLS; fwrite(&n, 1, 1, out);
  for (int i = 0; i < POOLS; i++) {
    u8 s = pools[i].size; u16 c = pools[i].count;
    fwrite(&s, 1, 1, out); fwrite(&c, 2, 1, out);
    for (int k = 0; k < c; k++) fwrite(pools[i].data[k], 1, s, out);
  }
  x87();
  vectors();
  return fclose(out) != 0;
}
