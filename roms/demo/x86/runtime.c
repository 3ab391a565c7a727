// What the compiler and everybody else take for granted, in the processor's own way.
#include "demo.h"

void *memcpy(void *to, const void *from, size_t n) {
  void *result = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return result;
}

void *memset(void *to, int byte, size_t n) {
  void *result = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
  return result;
}

// There is no run-time library with a 64-bit division: two DIVs, high half first.
u64 divide(u64 n, u32 by, u32 *remainder) {
  u32 high = (u32)(n >> 32), low = (u32)n;
  u32 quotient_high = high / by, rest = high % by, quotient_low;
  __asm__("divl %4" : "=a"(quotient_low), "=d"(rest) : "0"(low), "1"(rest), "rm"(by) : "cc");
  if (remainder) *remainder = rest;
  return (u64)quotient_high << 32 | quotient_low;
}
