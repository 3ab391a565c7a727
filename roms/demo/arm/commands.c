// Commands of the prompt that speak of this machine.
#include "demo.h"

static void do_regs(u32 count, char **word) {
  (void)count, (void)word;
  struct frame frame;
  regs_capture(&frame);
  print_frame(&frame);
}

static void do_cpu(u32 count, char **word) {
  (void)count, (void)word;
  u32 id, cache, control, fpsid;
  __asm__("mrc p15, 0, %0, c0, c0, 0\n\tmrc p15, 0, %1, c0, c0, 1\n\tmrc p15, 0, %2, c1, c0, 0" : "=r"(id), "=r"(cache), "=r"(control));
  __asm__(".fpu vfpv2\n\tvmrs %0, fpsid" : "=r"(fpsid));
  print("main ID %08x, cache type %08x, control %08x, FPSID %08x\n", id, cache, control, fpsid);
  print("core module ID %08x, SDRAM %08x, board ID %08x\n", read32(CORE_MODULE), read32(CORE_MODULE + 0x20), read32(0xcb000000));
}

static void do_time(u32 count, char **word) {
  (void)count, (void)word;
  u32 rest;
  u64 ms = divide(uptime_us(), 1000, NULL), s = divide(ms, 1000, &rest);
  struct date d = rtc_read();
  print("%04u-%02u-%02u %02u:%02u:%02u by the clock chip, %u alarms seen\n", d.year, d.month, d.day, d.hour, d.minute,
        d.second, rtc_updates);
  print("up %llu.%03u s, %u timer ticks at %u Hz, %u fast ones at %u Hz\n", s, rest, ticks, TICKS_PER_SECOND,
        interrupt_count[SOURCE_FAST], FAST_PER_SECOND);
}

static void do_irq(u32 count, char **word) {
  (void)count, (void)word;
  for (u32 s = 0; s < SOURCES; s++) {
    print("%-11s %10u  %s\n", source_name[s], interrupt_count[s], route_of((enum source)s));
  }
}

static void do_crash(u32 count, char **word) {
  (void)count, (void)word;
  print("crash\n");
  __asm__ volatile(".word 0xe7f000f0");
}

const struct command machine_commands[] = {
    {"regs", "regs  cpu  time          registers; what the processor is; clock chip and timers", do_regs},
    {"cpu", NULL, do_cpu},
    {"time", NULL, do_time},
    {"irq", "irq                      interrupts so far", do_irq},
    {"crash", "crash                    an undefined instruction", do_crash},
};
const u32 machine_command_count = sizeof machine_commands / sizeof *machine_commands;
