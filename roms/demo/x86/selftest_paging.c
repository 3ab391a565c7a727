// Self test of paging: what is mapped, what faults and how, what the tables remember.
#include "demo.h"

// Runs one memory access that may fault; gives its exception, or 0xffffffff, and the error code.
static u32 try_read(u32 at, u32 *value) {
  expected_fault.vector = 0xffffffff;
  expected_fault.armed = true;
  __asm__ volatile("movl $1f, %1; movl (%2), %0; 1:" : "=&r"(*value), "=m"(expected_fault.resume) : "r"(at) : "memory");
  expected_fault.armed = false;
  return expected_fault.vector;
}
static u32 try_write(u32 at, u32 value) {
  expected_fault.vector = 0xffffffff;
  expected_fault.armed = true;
  __asm__ volatile("movl $1f, %0; movl %2, (%1); 1:" : "=m"(expected_fault.resume) : "r"(at), "r"(value) : "memory");
  expected_fault.armed = false;
  return expected_fault.vector;
}

static u32 directory[1024] __attribute__((aligned(4096)));
static u32 low_table[1024] __attribute__((aligned(4096)));
static u32 test_table[1024] __attribute__((aligned(4096)));

static void flush(u32 at) { __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory"); }

void test_paging(void) {
  enum { PRESENT = 1, WRITE = 2, ACCESSED = 0x20, DIRTY = 0x40, LARGE = 0x80, AT = 0x40000000, BIG = 0x80000000 };
  enum { PG = 1u << 31, WP = 1 << 16, PSE = 1 << 4, PAGE_FAULT = 14 };
  bool pse = cpuid(1).edx >> 3 & 1;
  u32 cr0, cr4 = 0, value = 0, flags = save_interrupts();
  u32 *target = (u32 *)arena;
  memset(directory, 0, sizeof directory);
  memset(test_table, 0, sizeof test_table);
  for (u32 i = 0; i < 1024; i++) low_table[i] = i << 12 | WRITE | PRESENT;
  directory[0] = (u32)low_table | WRITE | PRESENT;
  directory[AT >> 22] = (u32)test_table | WRITE | PRESENT;
  directory[BIG >> 22] = LARGE | WRITE | PRESENT;
  test_table[0] = (u32)target | WRITE | PRESENT;
  test_table[1] = (u32)target | PRESENT;
  target[0] = 0x11223344;
  if (pse) {
    __asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("movl %0, %%cr4" : : "r"(cr4 | PSE));
  }
  __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory");
  __asm__ volatile("movl %0, %%cr0" : : "r"(cr0 | PG | WP) : "memory");

  check("exception of a mapped read", try_read(AT, &value), 0xffffffff);
  check("mapped word", value, 0x11223344);
  check("accessed and dirty after a read", test_table[0] & (ACCESSED | DIRTY), ACCESSED);
  check("exception of a mapped write", try_write(AT + 4, 0x55667788), 0xffffffff);
  check("word written through the mapping", target[1], 0x55667788);
  check("accessed and dirty after a write", test_table[0] & (ACCESSED | DIRTY), ACCESSED | DIRTY);
  check("exception of a read where nothing is", try_read(AT + 0x2abc, &value), PAGE_FAULT);
  check("its error code", expected_fault.error, 0);
  check("its address", expected_fault.address, AT + 0x2abc);
  check("exception of a write where nothing is", try_write(AT + 0x2004, 1), PAGE_FAULT);
  check("its error code", expected_fault.error, 2);
  check("exception of a write to a read-only page", try_write(AT + 0x1008, 1), PAGE_FAULT);
  check("its error code", expected_fault.error, 3);
  check("its address", expected_fault.address, AT + 0x1008);
  check("exception of a write across into it", try_write(AT + 0xffe, 1), PAGE_FAULT);
  check("the address of the second page", expected_fault.address, AT + 0x1000);
  __asm__ volatile("movl %0, %%cr0" : : "r"((cr0 | PG) & ~(u32)WP) : "memory");
  check("exception of that write without WP", try_write(AT + 0x1008, 0x99), 0xffffffff);
  check("word written without WP", target[2], 0x99);
  test_table[0] = (u32)(target + 1024) | WRITE | PRESENT;
  flush(AT);
  target[1024] = 0xabcdef01;
  check("exception after mapping another page", try_read(AT, &value), 0xffffffff);
  check("word of the other page", value, 0xabcdef01);
  test_table[0] = 0;
  flush(AT);
  check("exception after unmapping", try_read(AT, &value), PAGE_FAULT);
  if (pse) {
    check("exception of a read in a 4 MiB page", try_read(BIG + (u32)target, &value), 0xffffffff);
    check("word in a 4 MiB page", value, 0x11223344);
    check("4 MiB page accessed", directory[BIG >> 22] & (ACCESSED | DIRTY), ACCESSED);
  }

  __asm__ volatile("movl %0, %%cr0" : : "r"(cr0) : "memory");
  if (pse) __asm__ volatile("movl %0, %%cr4" : : "r"(cr4));
  check("word after paging is off", *(volatile u32 *)target, 0x11223344);
  restore_interrupts(flags);
}
