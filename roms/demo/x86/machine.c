// The PC as a whole: its start, its idling, what it tells of itself.
#include "demo.h"

void start(u32 magic, u32 information);
void start(u32 magic, u32 information) {
  boot_read(magic, information);
  serial_start();
  screen_start();
  interrupts_start();
  if (!cpu_good_enough()) {
    print("This program needs a processor with CPUID and a time-stamp counter.\n");
    console_flush();
    return;
  }
  pic_start();
  time_start();
  tables_read();
  apic_start();
  keyboard_start();
  rtc_start();
  smp_start();
  interrupts_on();
  interrupts_choose();
  if (apic_present) apic_timer_periodic();
  serial_interrupts(route != ROUTE_NONE);
  run_demo();
}

void machine_greet(void) {
  print("%u CPU%s, %u MiB, started by %s, interrupt route %s, tables: %s.\n", cpu_count, cpu_count == 1 ? "" : "s",
        (boot.memory_kib + 512) / 1024, boot.way, route_name(route), machine.source);
}

void machine_second(void) {
  for (u32 i = 1; i < cpu_count; i++) smp_ping(i);
}

void machine_poll(void) {
  if (route != ROUTE_NONE) return;  // no chip to interrupt through
  keyboard_interrupt();
  serial_interrupt();
}

void machine_wait(void) {
  if (route == ROUTE_NONE) {
    interrupts_on();
  } else {
    __asm__ volatile("sti; hlt" : : : "memory");
  }
}

const enum source panel_sources[6] = {SOURCE_TIMER, SOURCE_APIC_TIMER, SOURCE_CLOCK, SOURCE_SERIAL, SOURCE_KEYBOARD, SOURCE_IPI};

void machine_panel(int row) {
  enum { CYAN = 3, WHITE = 15 };
  screen_text(row, 1, CYAN, "CPU ticks");
  for (u32 i = 0; i < cpu_count && i < 2; i++) screen_text(row, 13 + 11 * (int)i, WHITE, "%u", cpu[i].timer_ticks);
  if (cpu_count < 2) return;
  screen_text(row, 35, CYAN, "CPU 1 seeks primes");
  screen_text(row, 57, WHITE, "%u", cpu[1].primes);
  screen_text(row, 65, CYAN, "up to");
  screen_text(row, 71, WHITE, "%u", cpu[1].last_prime);
}

int machine_status(char *to, size_t size) {
  int n = format(to, size, "timer %u  apic %u", interrupt_count[SOURCE_TIMER], interrupt_count[SOURCE_APIC_TIMER]);
  if (cpu_count > 1 && (size_t)n < size) n += format(to + n, size - (size_t)n, "  cpu1 %u", cpu[1].timer_ticks);
  return n;
}

const struct selftest_part selftest_parts[] = {
    {"arithmetic", test_arithmetic}, {"strings", test_strings}, {"memory", test_memory}, {"paging", test_paging},
    {"fpu", test_fpu}, {"interrupts", test_interrupts}, {"timers", test_timers}, {"clock", test_clock},
    {"cpus", test_cpus},
};
const u32 selftest_part_count = sizeof selftest_parts / sizeof *selftest_parts;
