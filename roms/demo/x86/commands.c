// Commands of the prompt that speak of the PC.
#include "demo.h"

static void do_regs(u32 count, char **word) {
  (void)count, (void)word;
  struct frame frame;
  regs_capture(&frame);
  print_frame(&frame);
}

static void do_irq(u32 count, char **word) {
  if (count > 1) {
    enum route wanted = ROUTE_NONE;
    for (enum route r = ROUTE_PIC; r <= ROUTE_IOAPIC; r++) {
      if (same(word[1], route_name(r))) wanted = r;
    }
    if (wanted == ROUTE_NONE) print("irq [pic|mixed|ioapic]\n");
    else if (!interrupts_route(wanted)) print("not on this machine; still %s\n", route_name(route));
    else print("route %s\n", route_name(route));
    return;
  }
  print("route %s (irq pic, irq mixed, irq ioapic change it)\n", route_name(route));
  for (u32 s = 0; s < SOURCES; s++) {
    print("%-11s %10u  %s\n", source_name[s], interrupt_count[s], route_of((enum source)s));
  }
}

static void do_time(u32 count, char **word) {
  (void)count, (void)word;
  u32 rest;
  u64 ms = divide(uptime_us(), 1000, NULL), s = divide(ms, 1000, &rest);
  if (rtc_present) {
    struct date d = rtc_read();
    print("%04u-%02u-%02u %02u:%02u:%02u by the clock chip, %u updates seen\n", d.year, d.month, d.day, d.hour, d.minute,
          d.second, rtc_updates);
  } else {
    print("no clock chip\n");
  }
  print("up %llu.%03u s, %u timer ticks at %u Hz\n", s, rest, ticks, TICKS_PER_SECOND);
  print("time-stamp counter %u.%03u MHz%s", counter_khz / 1000, counter_khz % 1000, counter_measured ? "" : " (assumed)");
  if (apic_present) print(", APIC timer %u.%03u MHz", apic_timer_khz / 1000, apic_timer_khz % 1000);
  print("\n");
}

static void do_cpu(u32 count, char **word) {
  (void)count, (void)word;
  print_cpu();
}

static void do_crash(u32 count, char **word) {
  (void)count, (void)word;
  print("crash\n");
  console_flush();
  // An interrupt table too short for any vector; one of limit 0 asks for a reset.
  triple_fault(1);
}

const struct command machine_commands[] = {
    {"regs", "regs  cpu  time          registers of CPU 0; CPUID; clock chip and timers", do_regs},
    {"cpu", NULL, do_cpu},
    {"time", NULL, do_time},
    {"irq", "irq [pic|mixed|ioapic]   interrupts so far; choose the chips they come by", do_irq},
    {"crash", "crash                    a triple fault", do_crash},
};
const u32 machine_command_count = sizeof machine_commands / sizeof *machine_commands;
