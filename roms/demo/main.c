// Ferry's demonstration guest: a program on a bare machine that shows it at work.
#include "demo.h"

enum { FRAME_US = 50000 };

u32 idle_percent, speed_mips;

static void run_words(void) {
  char word[80];
  for (const char *p = boot.words; boot_next_word(&p, word, sizeof word);) {
    if (!begins_with(word, "run=")) continue;
    for (char *c = word; *c != 0; c++) {
      if (*c == '~') *c = ' ';
    }
    print("run: %s\n", word + 4);
    shell_run(word + 4);
    screen_show();
  }
}

static void greet(void) {
  print("Ferry demonstration guest: a 32-bit program on a bare machine, without a system.\n");
  machine_greet();
  print("The picture and every number are computed here, now. Type help.\n");
}

static void once_a_second(u64 idle) {
  static u64 before;
  u64 now = counter();
  if (before != 0) {
    u32 whole = (u32)divide(now - before, 1000, NULL);
    if (whole != 0) idle_percent = (u32)divide(idle, whole, NULL) / 10;
  }
  before = now;
  speed_mips = bench_speed_sample();
  machine_second();
}

static void serve(void) {
  u64 next_frame = 0, next_second = 0, idle = 0;
  for (;;) {
    machine_poll();
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
    if (input_waiting()) {
      interrupts_on();
    } else {
      u64 from = counter();
      machine_wait();
      idle += counter() - from;
    }
  }
}

void run_demo(void) {
  greet();
  picture_draw();
  screen_show();
  run_words();
  shell_start();
  serve();
}
