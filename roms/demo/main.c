// Ferry's demonstration guest: a program on a bare machine that shows it at work.
#include "demo.h"

enum { FRAME_US = 50000 };

u32 idle_percent, speed_mips;

static void run_words(void) {
  char word[80];
  for (const char *p = boot.words; *p != 0;) {
    u32 n = 0;
    while (*p == ' ') p++;
    for (; *p != 0 && *p != ' '; p++) {
      if (n + 1 < sizeof word) word[n++] = *p == '~' ? ' ' : *p;
    }
    word[n] = 0;
    if (!begins_with(word, "run=")) continue;
    print("run: %s\n", word + 4);
    shell_run(word + 4);
    screen_show();
  }
}

static void greet(void) {
  print("Ferry demonstration guest: a 32-bit program on the bare machine, without a system.\n");
  print("%u CPU%s, %u MiB, started by %s, interrupt route %s, tables: %s.\n", cpu_count, cpu_count == 1 ? "" : "s",
        (boot.memory_kib + 512) / 1024, boot.way, route_name(route), machine.source);
  print("The picture and every number are computed here, now. Type help.\n");
}

static void once_a_second(u64 idle) {
  static u64 before;
  u64 now = tsc();
  if (before != 0) {
    u32 whole = (u32)divide(now - before, 1000, NULL);
    if (whole != 0) idle_percent = (u32)divide(idle, whole, NULL) / 10;
  }
  before = now;
  speed_mips = bench_speed_sample();
  for (u32 i = 1; i < cpu_count; i++) smp_ping(i);
}

static void serve(void) {
  u64 next_frame = 0, next_second = 0, idle = 0;
  for (;;) {
    if (route == ROUTE_NONE) {  // no chip to interrupt through
      keyboard_interrupt();
      serial_interrupt();
    }
    for (int c = input_get(); c >= 0; c = input_get()) shell_input(c);
    u64 now = uptime_us();
    if (now >= next_second) {
      once_a_second(idle);
      idle = 0;
      next_second = now + 1000000;
    }
    if (now >= next_frame) {
      picture_draw();
      screen_show();
      next_frame = now + FRAME_US;
    }
    status_serial();
    interrupts_off();
    if (input_waiting() || route == ROUTE_NONE) {
      interrupts_on();
    } else {
      u64 from = tsc();
      __asm__ volatile("sti; hlt" : : : "memory");
      idle += tsc() - from;
    }
  }
}

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
  greet();
  picture_draw();
  screen_show();
  run_words();
  shell_start();
  serve();
}
