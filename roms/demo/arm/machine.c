// The Integrator/CP as a whole: its start, its idling, what it tells of itself.
#include "demo.h"

u32 cpu_count = 1;

void start(u32 zero, u32 machine_number, u32 parameters);
void start(u32 zero, u32 machine_number, u32 parameters) {
  (void)zero;
  boot_read(machine_number, parameters);
  mmu_start();
  time_start();
  serial_start();
  screen_start();
  keyboard_start();
  rtc_start();
  interrupts_start();
  interrupts_on();
  serial_interrupts(true);
  display_interrupts();
  run_demo();
}

void machine_greet(void) {
  print("%u MiB, started with %s, core module %08x.\n", (boot.memory_kib + 512) / 1024, boot.way, read32(CORE_MODULE));
}

// The LEDs count seconds, the alphanumeric display shows the last digit.
void machine_second(void) {
  static u32 seconds;
  seconds++;
  write32(LEDS + 4, seconds & 15);
  write32(LEDS, '0' + seconds % 10);
}

void machine_poll(void) {}

// Wait for interrupt ends with an interrupt that is masked, too.
void machine_wait(void) {
  __asm__ volatile("mcr p15, 0, %0, c7, c0, 4" : : "r"(0) : "memory");
  interrupts_on();
}

const enum source panel_sources[6] = {SOURCE_TIMER, SOURCE_FAST, SOURCE_FRAME, SOURCE_CLOCK, SOURCE_SERIAL, SOURCE_KEYBOARD};

void machine_panel(int row) {
  enum { CYAN = 3, WHITE = 15 };
  screen_text(row, 1, CYAN, "LEDs");
  screen_text(row, 13, WHITE, "%x", read32(LEDS + 4) & 15);
  screen_text(row, 24, CYAN, "switches");
  screen_text(row, 35, WHITE, "%x", read32(LEDS + 12) & 15);
}

int machine_status(char *to, size_t size) {
  return format(to, size, "timer %u  fast %u  frames %u", interrupt_count[SOURCE_TIMER], interrupt_count[SOURCE_FAST],
                interrupt_count[SOURCE_FRAME]);
}

const struct selftest_part selftest_parts[] = {
    {"arithmetic", test_arithmetic}, {"thumb", test_thumb}, {"memory", test_memory}, {"mmu", test_mmu}, {"vfp", test_vfp},
    {"interrupts", test_interrupts}, {"timers", test_timers}, {"clock", test_clock},
};
const u32 selftest_part_count = sizeof selftest_parts / sizeof *selftest_parts;

void power_off(void) { print("This machine has no power switch: it keeps running.\n"); }

void reboot(void) {
  print("reboot\n");
  console_flush();
  interrupts_off();
  write32(CORE_MODULE + 0x14, 0xa05f);
  write32(CORE_MODULE + 0x0c, read32(CORE_MODULE + 0x0c) | 8);
  delay_us(100000);
  interrupts_on();
  print("The core module does not reset the machine: it keeps running.\n");
}
