// Self test of the processor: arithmetic with its flags, Thumb, the VFP. Expected values are by hand.
#include "demo.h"

#define N 0x80000000u
#define Z 0x40000000u
#define C 0x20000000u
#define V 0x10000000u
#define Q 0x08000000u

// Runs `code` on %1 = a, %2 = b with the flags `before`; leaves the result and the flags.
#define RUN(code, a, b, before)                                              \
  __asm__ volatile("msr cpsr_f, %4\n\t" code "\n\tmrs %3, cpsr"              \
                   : "=&r"(result), "+r"(first), "+r"(second), "=&r"(flags)  \
                   : "r"((u32)(before))                                      \
                   : "cc", "memory")

#define TEST(name, code, a, b, before, wanted, wanted_flags) \
  do {                                                       \
    u32 result, flags, first = (a), second = (b);            \
    RUN(code, a, b, before);                                 \
    check(name, result, wanted);                             \
    check(name " flags", flags & 0xf8000000, wanted_flags);  \
  } while (0)

void test_arithmetic(void) {
  TEST("adds", "adds %0, %1, %2", 0x7fffffff, 1, 0, 0x80000000, N | V);
  TEST("adds to zero", "adds %0, %1, %2", 0xffffffff, 1, 0, 0, Z | C);
  TEST("subs", "subs %0, %1, %2", 0, 1, 0, 0xffffffff, N);
  TEST("subs with overflow", "subs %0, %1, %2", 0x80000000, 1, 0, 0x7fffffff, C | V);
  TEST("adcs", "adcs %0, %1, %2", 0xffffffff, 0, C, 0, Z | C);
  TEST("sbcs", "sbcs %0, %1, %2", 5, 5, 0, 0xffffffff, N);
  TEST("rsbs", "rsbs %0, %1, %2", 1, 0, 0, 0xffffffff, N);
  TEST("rscs", "rscs %0, %1, %2", 1, 3, C, 2, C);
  TEST("ands with a shift's carry", "ands %0, %1, %2, lsl #1", 0xffffffff, 0x80000001, 0, 2, C);
  TEST("movs by 32", "movs %0, %1, lsr #32", 0x80000000, 0, 0, 0, Z | C);
  TEST("asrs by 32", "movs %0, %1, asr #32", 0x80000000, 0, 0, 0xffffffff, N | C);
  TEST("movs by a register of 33", "movs %0, %1, lsl %2", 0xffffffff, 33, C, 0, Z);
  TEST("rrx", "movs %0, %1, rrx", 1, 0, C, 0x80000000, N | C);
  TEST("immediate with a carry", "movs %0, #0x80000000", 0, 0, 0, 0x80000000, N | C);
  TEST("mvn leaves flags", "mvn %0, %1", 0, 0, Z | V, 0xffffffff, Z | V);
  TEST("a condition that fails", "mov %0, #7\n\tmoveq %0, #9", 0, 0, 0, 7, 0);
  TEST("a condition that holds", "mov %0, #7\n\tmovge %0, #9", 0, 0, N | V, 9, N | V);
  TEST("muls", "muls %0, %1, %2", 0xffff, 0x10001, 0, 0xffffffff, N);
  TEST("umull", "umull %0, %1, %1, %2", 0xffffffff, 0xffffffff, 0, 1, 0);
  TEST("smull", "smull %1, %0, %1, %2", 0xffffffff, 2, 0, 0xffffffff, 0);
  TEST("smulbt", "smulbt %0, %1, %2", 0xffff, 0xfffe0000, 0, 2, 0);
  TEST("qadd", "qadd %0, %1, %2", 0x7fffffff, 1, 0, 0x7fffffff, Q);
  TEST("qdsub", "qdsub %0, %1, %2", 0x80000000, 0x40000000, 0, 0x80000000, Q);
  TEST("clz", "clz %0, %1", 0x00010000, 0, 0, 15, 0);
  TEST("clz of nothing", "clz %0, %1", 0, 0, 0, 32, 0);
  TEST("swap", "str %1, [sp, #-8]!\n\tswp %0, %2, [sp]\n\tldr %1, [sp], #8\n\tadd %0, %0, %1", 0x11, 0x2200, 0, 0x2211, 0);
  TEST("rotated load", "str %1, [sp, #-8]!\n\tadd %2, sp, #1\n\tldr %0, [%2]\n\tadd sp, sp, #8", 0x11223344, 0, 0, 0x44112233, 0);
}

void test_thumb(void) {
  register u32 result __asm__("r0") = 5;
  __asm__ volatile(
      "add r3, pc, #1\n\tb 2f\n\t"
      ".thumb\n\tlsls r0, r0, #4\n\tadds r0, #3\n\trsbs r2, r0, #0\n\tadds r2, r2, r0\n\tadds r0, r0, r2\n\t"
      "push {r2, lr}\n\tpop {r2, pc}\n\t"
      ".balign 4\n\t.arm\n2:\tblx r3"
      : "+r"(result) : : "r2", "r3", "lr", "cc", "memory");
  check("a function in Thumb state", result, 0x53);
  check("back in ARM state", status() & 0x20, 0);
}

void test_vfp(void) {
  u32 single, low, high, flags;
  // Access for everybody, then the enable bit.
  __asm__ volatile(".fpu vfpv2\n\tvmsr fpexc, %0" : : "r"(1u << 30));
  __asm__ volatile(".fpu vfpv2\n\tvmsr fpscr, %1\n\tvmov s0, %2\n\tvmov s1, %3\n\tvdiv.f32 s2, s0, s1\n\tvmov %0, s2"
                   : "=r"(single) : "r"(0), "r"(0x3f800000), "r"(0x40400000));
  check("a third", single, 0x3eaaaaab);
  __asm__ volatile(".fpu vfpv2\n\tvmov d1, %2, %3\n\tvsqrt.f64 d2, d1\n\tvmov %0, %1, d2" : "=r"(low), "=r"(high) : "r"(0), "r"(0x40000000));
  check("root of two, low", low, 0x667f3bcd);
  check("root of two, high", high, 0x3ff6a09e);
  __asm__ volatile(".fpu vfpv2\n\tvcmp.f32 s0, s1\n\tvmrs APSR_nzcv, fpscr\n\tmrs %0, cpsr" : "=r"(flags) : : "cc");
  check("one is less than three", flags & 0xf0000000, N);
  __asm__ volatile(".fpu vfpv2\n\tvmov s4, %1\n\tvcvt.s32.f32 s5, s4\n\tvmov %0, s5" : "=r"(single) : "r"(0xc0200000));
  check("-2.5 toward zero", single, 0xfffffffe);
}
