// A program's beginning and end on Linux, without a C library: times the rounds, prints one line, leaves.
#include "compute.h"

enum { CLOCK_MONOTONIC = 1 };
#if defined(__i386__)
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 265 };
static long system_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}
// The kernel leaves no return address, and compiled code wants the stack as if there were one.
__asm__(".globl _start\n_start: xorl %ebp, %ebp\n andl $-16, %esp\n call main");
#elif defined(__arm__)
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 263 };
static long system_call(long number, long a, long b, long c) {
  register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}
__asm__(".arm\n.globl _start\n.type _start, %function\n_start: mov fp, #0\n bic sp, sp, #7\n bl main");
#endif

static u32 seed = 1;

u32 next_number(void) { return (seed = seed * 1664525 + 1013904223) >> 4; }

size_t length_of(const char *s) {
  size_t n = 0;
  while (s[n] != 0) n++;
  return n;
}

void *memcpy(void *to, const void *from, size_t n) {
  u8 *t = to;
  const u8 *f = from;
  for (; n >= 4 && ((uintptr_t)t & 3) == 0 && ((uintptr_t)f & 3) == 0; n -= 4, t += 4, f += 4) *(u32 *)t = *(const u32 *)f;
  for (; n > 0; n--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, size_t n) {
  u8 *t = to;
  for (; n > 0; n--) *t++ = (u8)value;
  return to;
}

// Microseconds since some moment. A minute or so of them fits, which is what a difference needs.
static u32 now(void) {
  i32 time[2] = {0, 0};
  system_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)time, 0);
  return (u32)time[0] * 1000000 + (u32)time[1] / 1000;
}

static char *append(char *to, const char *text) {
  while (*text != 0) *to++ = *text++;
  return to;
}

static char *append_number(char *to, u32 value, u32 base, u32 digits) {
  char reversed[12];
  u32 n = 0;
  do reversed[n++] = "0123456789abcdef"[value % base];
  while ((value /= base) != 0 || n < digits);
  while (n > 0) *to++ = reversed[--n];
  return to;
}

__attribute__((noreturn, used)) void main(void) {
  u32 sum = 0, from = now();
  for (u32 i = 0; i < rounds; i++) sum = mixed(sum, run());
  u32 us = now() - from;
  char line[120], *end = append(line, "bench " NAME ": ");
  end = append_number(end, us / 1000, 10, 1);
  *end++ = '.';
  end = append_number(end, us % 1000, 10, 3);
  end = append(append_number(append(end, " ms, checksum "), sum, 16, 8), "\n");
  system_call(SYS_write, 1, (long)line, end - line);
  for (;;) system_call(SYS_exit, 0, 0, 0);
}

#if defined(__arm__)
// The ARM926 has no division.
u64 __aeabi_uidivmod(u32 n, u32 by) {
  u32 quotient = 0;
  if (by != 0 && n >= by) {
    int shift = __builtin_clz(by) - __builtin_clz(n);
    by <<= shift;
    for (; shift >= 0; shift--, by >>= 1) {
      quotient <<= 1;
      if (n >= by) n -= by, quotient |= 1;
    }
  }
  return (u64)n << 32 | quotient;
}
u32 __aeabi_uidiv(u32 n, u32 by) { return (u32)__aeabi_uidivmod(n, by); }
#endif
