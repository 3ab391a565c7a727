// Self test of the processor: arithmetic with its flags, string instructions, the FPU. Expected values are by hand.
#include "demo.h"

enum { C = 1, P = 4, A = 0x10, Z = 0x40, S = 0x80, D = 0x400, O = 0x800, STATUS = C | P | A | Z | S | O };

// Runs `code` on EAX = a, EDX = b with the carry flag `carry`; leaves EAX, EDX and the flags.
#define RUN(code, a, b, carry)                                                                             \
  __asm__ volatile("bt $0, %3\n\t" code "\n\tpushfl\n\tpopl %2"                                            \
                   : "=a"(eax), "=d"(edx), "=&r"(flags)                                                    \
                   : "r"((u32)(carry)), "0"((u32)(a)), "1"((u32)(b))                                       \
                   : "cc", "memory", "ecx")

#define FLAGS_AND_RESULT(name, code, a, b, carry, result, mask, wanted) \
  do {                                                                  \
    RUN(code, a, b, carry);                                             \
    check(name, eax, result);                                           \
    check(name " flags", flags &(mask), wanted);                        \
  } while (0)

void test_arithmetic(void) {
  u32 eax, edx, flags;
  u32 no_a = STATUS & ~(u32)A, no_oa = no_a & ~(u32)O;
  FLAGS_AND_RESULT("add", "addl %%edx, %%eax", 0x7fffffff, 1, 0, 0x80000000, STATUS, O | S | A | P);
  FLAGS_AND_RESULT("add to zero", "addl %%edx, %%eax", 0xffffffff, 1, 0, 0, STATUS, C | Z | A | P);
  FLAGS_AND_RESULT("sub", "subl %%edx, %%eax", 0, 1, 0, 0xffffffff, STATUS, C | P | A | S);
  FLAGS_AND_RESULT("sub with overflow", "subl %%edx, %%eax", 0x80000000, 1, 0, 0x7fffffff, STATUS, O | P | A);
  FLAGS_AND_RESULT("adc", "adcl %%edx, %%eax", 0xffffffff, 0, 1, 0, STATUS, C | Z | P | A);
  FLAGS_AND_RESULT("sbb", "sbbl %%edx, %%eax", 0, 0xffffffff, 1, 0, STATUS, C | Z | P | A);
  FLAGS_AND_RESULT("inc keeps carry", "incl %%eax", 0x7fffffff, 0, 1, 0x80000000, STATUS, O | S | A | P | C);
  FLAGS_AND_RESULT("dec keeps carry", "decl %%eax", 1, 0, 1, 0, STATUS, Z | P | C);
  FLAGS_AND_RESULT("neg", "negl %%eax", 0x80000000, 0, 0, 0x80000000, STATUS, C | O | S | P);
  FLAGS_AND_RESULT("add of bytes", "addb %%dl, %%al", 0x123456ff, 1, 0, 0x12345600, STATUS, C | Z | A | P);
  FLAGS_AND_RESULT("add of words", "addw %%dx, %%ax", 0x1234ffff, 2, 0, 0x12340001, STATUS, C | A);
  FLAGS_AND_RESULT("and", "andl %%edx, %%eax", 0xff00ff00, 0x0ff00ff0, 1, 0x0f000f00, no_a, P);
  FLAGS_AND_RESULT("xor", "xorl %%edx, %%eax", 0x80000001, 1, 1, 0x80000000, no_a, S | P);
  FLAGS_AND_RESULT("shl", "shll $1, %%eax", 0x80000001, 0, 0, 2, no_a, C | O);
  FLAGS_AND_RESULT("shr", "shrl $1, %%eax", 0x80000001, 0, 0, 0x40000000, no_a, C | O | P);
  FLAGS_AND_RESULT("sar", "sarl $31, %%eax", 0x80000000, 0, 1, 0xffffffff, no_oa, S | P);
  FLAGS_AND_RESULT("rol", "roll $4, %%eax", 0x12345678, 0, 0, 0x23456781, C, C);
  FLAGS_AND_RESULT("ror", "rorl $4, %%eax", 0x12345678, 0, 1, 0x81234567, C, C);
  FLAGS_AND_RESULT("rcl", "rcll $1, %%eax", 0x80000000, 0, 1, 1, C | O, C | O);
  FLAGS_AND_RESULT("rcr", "rcrl $1, %%eax", 0x00000002, 0, 1, 0x80000001, C | O, O);
  FLAGS_AND_RESULT("shld", "shldl $12, %%edx, %%eax", 0x12345678, 0x9abcdef0, 0, 0x456789ab, C, C);
  FLAGS_AND_RESULT("shrd", "shrdl $12, %%edx, %%eax", 0x12345678, 0x9abcdef0, 0, 0xef012345, C, 0);
  FLAGS_AND_RESULT("imul of two", "imull %%edx, %%eax", (u32)-7, 3, 1, (u32)-21, C | O, 0);
  FLAGS_AND_RESULT("imul that overflows", "imull %%edx, %%eax", 0x10000, 0x10000, 0, 0, C | O, C | O);
  FLAGS_AND_RESULT("mul low", "mull %%edx", 0xffffffff, 0xffffffff, 0, 1, C | O, C | O);
  check("mul high", edx, 0xfffffffe);
  RUN("movl $0x87654321, %%ecx\n\tdivl %%ecx", 0x9abcdef0, 0x12345678, 0);
  check("div quotient", eax, 0x226b9022);
  check("div remainder", edx, 0x38bc648e);
  RUN("cltd\n\tmovl $2, %%ecx\n\tidivl %%ecx", (u32)-7, 0, 0);
  check("idiv quotient", eax, (u32)-3);
  check("idiv remainder", edx, (u32)-1);
  FLAGS_AND_RESULT("daa", "addb %%dl, %%al\n\tdaa", 0x79, 0x35, 0, 0x14, C | A, C | A);
  FLAGS_AND_RESULT("das", "subb %%dl, %%al\n\tdas", 0x21, 0x35, 0, 0x86, C | A, C | A);
  FLAGS_AND_RESULT("aam", "aam", 79, 0, 0, 0x0709, Z | S | P, P);
  FLAGS_AND_RESULT("aad", "aad", 0x0709, 0, 0, 79, Z | S, 0);
  FLAGS_AND_RESULT("bsf", "bsfl %%edx, %%eax", 0, 0x00a00000, 0, 21, Z, 0);
  FLAGS_AND_RESULT("bsr", "bsrl %%edx, %%eax", 0, 0x00a00000, 0, 23, Z, 0);
  FLAGS_AND_RESULT("btc", "btcl $5, %%eax", 0x20, 0, 0, 0, C, C);
  FLAGS_AND_RESULT("cbw", "cbtw", 0x12345680, 0, 0, 0x1234ff80, 0, 0);
  FLAGS_AND_RESULT("movsx", "movsbl %%dl, %%eax", 0, 0x80, 0, 0xffffff80, 0, 0);
  FLAGS_AND_RESULT("movzx", "movzwl %%dx, %%eax", 0, 0x12348001, 0, 0x8001, 0, 0);
  FLAGS_AND_RESULT("bswap", "bswapl %%eax", 0x12345678, 0, 0, 0x78563412, 0, 0);
  FLAGS_AND_RESULT("xadd", "xaddl %%eax, %%edx", 5, 7, 0, 7, 0, 0);
  check("xadd sum", edx, 12);
  FLAGS_AND_RESULT("cmpxchg", "movl $9, %%ecx\n\tcmpxchgl %%ecx, %%edx", 4, 4, 0, 4, Z, Z);
  check("cmpxchg exchanged", edx, 9);
  FLAGS_AND_RESULT("setcc", "cmpl %%edx, %%eax\n\tsetl %%al\n\tmovzbl %%al, %%eax", (u32)-1, 1, 0, 1, 0, 0);
  FLAGS_AND_RESULT("sahf and lahf", "movb $0x95, %%ah\n\tsahf\n\tmovl $0, %%eax\n\tlahf", 0, 0, 0, 0x9700, C | P | A | Z | S,
                   C | P | A | S);
  FLAGS_AND_RESULT("loop", "movl $1000, %%ecx\n1:\taddl $3, %%eax\n\tloop 1b", 0, 0, 0, 3000, 0, 0);
  if (cpu_has_cmov()) {
    FLAGS_AND_RESULT("cmov", "cmpl %%edx, %%eax\n\tcmovbl %%edx, %%eax", 3, 9, 0, 9, C, C);
  }
  u32 rest;
  u64 quotient = divide(0xfedcba9876543210ull, 1000000007, &rest);
  check("64-bit quotient low", (u32)quotient, 0x469ff98f);
  check("64-bit quotient high", (u32)(quotient >> 32), 0x00000004);
  check("64-bit remainder", rest, 0x38038927);
}

void test_strings(void) {
  static u8 from[256], to[256];
  u32 count, at;
  for (u32 i = 0; i < 256; i++) from[i] = (u8)(i * 7 + 3);
  memcpy(to, from, 256);
  check("copied bytes that differ", (u32)memcmp(from, to, 256) != 0, 0);
  // Overlapping, upwards by one: the first byte spreads.
  void *source = to, *target = to + 1;
  count = 16;
  __asm__ volatile("rep movsb" : "+S"(source), "+D"(target), "+c"(count) : : "memory");
  check("byte spread upwards", to[16], from[0]);
  check("byte after it", to[17], from[17]);
  check("count at the end", count, 0);
  // Downwards, by words of four bytes.
  source = from + 252, target = to + 252;
  count = 64;
  __asm__ volatile("std; rep movsl; cld" : "+S"(source), "+D"(target), "+c"(count) : : "memory");
  check("copied downwards: bytes that differ", (u32)memcmp(from, to, 256) != 0, 0);
  check("source at the end", (u32)source, (u32)from - 4);
  target = to;
  count = 256;
  __asm__ volatile("repne scasb" : "+D"(target), "+c"(count) : "a"(from[100]) : "cc", "memory");
  check("place found", (u32)target - (u32)to, 101);
  to[77] ^= 1;
  source = from, target = to;
  count = 256;
  __asm__ volatile("repe cmpsb" : "+S"(source), "+D"(target), "+c"(count) : : "cc", "memory");
  check("place that differs", 256 - count, 78);
  target = to;
  count = 10;
  __asm__ volatile("rep stosw" : "+D"(target), "+c"(count) : "a"(0xbeef) : "memory");
  check("stored words", to[18] | (u32)to[19] << 8, 0xbeef);
  source = from + 4;
  __asm__ volatile("lodsl" : "=a"(at), "+S"(source) : : "memory");
  check("loaded word", at, from[4] | (u32)from[5] << 8 | (u32)from[6] << 16 | (u32)from[7] << 24);
}

static void check_double(const char *name, u64 got, u64 wanted) {
  check(name, (u32)got, (u32)wanted);
  check(name, (u32)(got >> 32), (u32)(wanted >> 32));
}

void test_fpu(void) {
  if (!cpu_has_fpu()) return;
  u64 d;
  u32 n, value = 2;
  u16 word;
  u8 extended[10] = {0};
  __asm__ volatile("movl %%cr0, %0" : "=r"(n));
  __asm__ volatile("movl %0, %%cr0" : : "r"((n & ~0xcu) | 0x22));  // no emulation, no task switch; MP, NE
  __asm__ volatile("fninit; fnstcw %0" : "=m"(word));
  check("control word", word, 0x37f);
  __asm__ volatile("fnstsw %0" : "=a"(word));
  check("status word", word, 0);
  __asm__ volatile("fildl %1; fsqrt; fstpl %0" : "=m"(d) : "m"(value));
  check_double("square root of 2", d, 0x3ff6a09e667f3bcd);
  value = 3;
  __asm__ volatile("fld1; fidivl %1; fstpl %0" : "=m"(d) : "m"(value));
  check_double("a third", d, 0x3fd5555555555555);
  __asm__ volatile("fldpi; fstpt %0" : "=m"(extended));
  check("pi low", *(u32 *)extended, 0x2168c235);
  check("pi high", *(u32 *)(extended + 4), 0xc90fdaa2);
  check("pi exponent", *(u16 *)(extended + 8), 0x4000);
  u32 i = 1000;
  __asm__ volatile("fldz\n1:\tfiaddl %1\n\tdecl %1\n\tjnz 1b\n\tfistpl %0" : "=m"(n), "+m"(i) : : "cc", "memory");
  check("sum of 1 to 1000", n, 500500);
  d = 0x4004000000000000;  // 2.5
  __asm__ volatile("fldl %1; fistpl %0" : "=m"(n) : "m"(d));
  check("2.5 to nearest even", n, 2);
  word = 0xb7f;  // round up
  __asm__ volatile("fldcw %2; fldl %1; fistpl %0; fninit" : "=m"(n) : "m"(d), "m"(word));
  check("2.5 upwards", n, 3);
  d = 0;
  __asm__ volatile("fld1; fdivl %0; fstpl %0; fnstsw %1" : "+m"(d), "=a"(word));
  check_double("one by zero", d, 0x7ff0000000000000);
  check("division by zero noted", word & 0x3f, 4);
  __asm__ volatile("fninit; fldz; fld1; fcompp; fnstsw %0" : "=a"(word));
  check("one compared with zero", word & 0x4500, 0);
}
