// Self test of the MMU: what is mapped, what faults and how.
#include "demo.h"

static u32 coarse[256] __attribute__((aligned(1024)));

enum { UNDEFINED = 1, PREFETCH = 3, DATA = 4, NONE = 0xff };
enum { TRANSLATION = 5, PAGE_TRANSLATION = 7, DOMAIN = 9, PERMISSION = 0xd, PAGE_PERMISSION = 0xf };
enum { SECTION = 0x12, COARSE = 0x11, SMALL = 2 };

static u32 try_read(u32 at, u32 *value) {
  expected_fault.vector = NONE;
  expected_fault.armed = true;
  __asm__ volatile("adr r3, 1f\n\tstr r3, [%1]\n\tldr %0, [%2]\n1:"
                   : "=&r"(*value) : "r"(&expected_fault.resume), "r"(at) : "r3", "memory");
  expected_fault.armed = false;
  return expected_fault.vector;
}

static u32 try_write(u32 at, u32 value) {
  expected_fault.vector = NONE;
  expected_fault.armed = true;
  __asm__ volatile("adr r3, 1f\n\tstr r3, [%0]\n\tstr %1, [%2]\n1:"
                   : : "r"(&expected_fault.resume), "r"(value), "r"(at) : "r3", "memory");
  expected_fault.armed = false;
  return expected_fault.vector;
}

static u32 try_undefined(void) {
  expected_fault.vector = NONE;
  expected_fault.armed = true;
  __asm__ volatile("adr r3, 1f\n\tstr r3, [%0]\n\t.word 0xe7f000f0\n1:" : : "r"(&expected_fault.resume) : "r3", "memory");
  expected_fault.armed = false;
  return expected_fault.vector;
}

static void window(u32 descriptor) {
  mmu_map(MMU_WINDOW, descriptor);
  mmu_flush();
}

void test_mmu(void) {
  u32 value = 0, flags = save_interrupts();
  u32 *target = (u32 *)arena;
  u32 megabyte = (u32)target & 0xfff00000, offset = (u32)target & 0xfffff;
  target[0] = 0x11223344;
  window(0);
  check("exception of a read where nothing is", try_read(MMU_WINDOW + 0x2abc, &value), DATA);
  check("its status", expected_fault.status, TRANSLATION);
  check("its address", expected_fault.address, MMU_WINDOW + 0x2abc);
  window(megabyte | 3 << 10 | SECTION);
  check("exception of a mapped read", try_read(MMU_WINDOW + offset, &value), NONE);
  check("mapped word", value, 0x11223344);
  check("exception of a mapped write", try_write(MMU_WINDOW + offset + 4, 0x55667788), NONE);
  check("word written through the mapping", target[1], 0x55667788);
  window(megabyte | 0 << 10 | SECTION);
  check("exception of a read without permission", try_read(MMU_WINDOW + offset, &value), DATA);
  check("its status", expected_fault.status, PERMISSION);
  window(megabyte | 3 << 10 | 5 << 5 | SECTION);
  check("exception of a read in a domain without access", try_read(MMU_WINDOW + offset, &value), DATA);
  check("its status", expected_fault.status, 5 << 4 | DOMAIN);
  memset(coarse, 0, sizeof coarse);
  coarse[0] = (u32)target | 0xff0 | SMALL;
  coarse[1] = (u32)target | 0x000 | SMALL;
  window((u32)coarse | COARSE);
  check("exception of a read in a small page", try_read(MMU_WINDOW, &value), NONE);
  check("word in a small page", value, 0x11223344);
  check("exception of a write to a page without permission", try_write(MMU_WINDOW + 0x1008, 1), DATA);
  check("its status", expected_fault.status, PAGE_PERMISSION);
  check("its address", expected_fault.address, MMU_WINDOW + 0x1008);
  check("exception of a write where no page is", try_write(MMU_WINDOW + 0x2004, 1), DATA);
  check("its status", expected_fault.status, PAGE_TRANSLATION);
  window(0);
  check("exception after unmapping", try_read(MMU_WINDOW, &value), DATA);
  check("exception of an undefined instruction", try_undefined(), UNDEFINED);
  restore_interrupts(flags);
}
