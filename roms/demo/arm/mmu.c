// The MMU: every megabyte one to one as a section; RAM with the caches on.
#include "demo.h"

static u32 table[4096] __attribute__((aligned(16384)));

enum { SECTION = 0x12, ALL_ACCESS = 3 << 10, CACHED = 0xc };

void mmu_map(u32 at, u32 descriptor) { table[at >> 20] = descriptor; }

void mmu_flush(void) {
  __asm__ volatile("mcr p15, 0, %0, c7, c10, 4\n\tmcr p15, 0, %0, c8, c7, 0" : : "r"(0) : "memory");
}

void mmu_start(void) {
  u32 ram = boot.memory_kib >> 10;
  for (u32 megabyte = 0; megabyte < 4096; megabyte++) {
    u32 descriptor = megabyte << 20 | ALL_ACCESS | SECTION;
    table[megabyte] = megabyte < (ram == 0 ? 1 : ram) ? descriptor | CACHED : descriptor;
  }
  table[MMU_WINDOW >> 20] = 0;
  u32 control;
  __asm__ volatile("mcr p15, 0, %0, c2, c0, 0" : : "r"(table));
  __asm__ volatile("mcr p15, 0, %0, c3, c0, 0" : : "r"(1));  // domain 0: clients
  __asm__ volatile("mcr p15, 0, %0, c7, c7, 0\n\tmcr p15, 0, %0, c8, c7, 0" : : "r"(0) : "memory");
  __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(control));
  control |= 0x1005;  // instruction cache, data cache, MMU
  __asm__ volatile("mcr p15, 0, %0, c1, c0, 0\n\tnop\n\tnop\n\tnop" : : "r"(control) : "memory");
}
