// The status on the serial line. Nobody typed yet: a plain line a second, good for a pipe. Somebody did: one line that
// moves while the prompt is empty.
#include "demo.h"

enum { WATER = 24, BOAT = 5 };

static u32 next_second = 1;
static u64 next_move;
static bool shown;

static void water(char *to, u32 step) {
  u32 span = WATER - BOAT, at = step % (2 * span);
  if (at > span) at = 2 * span - at;
  for (u32 i = 0; i < WATER; i++) to[i] = (i + step) % 5 == 0 ? '-' : '~';
  memcpy(to + at, "\\_H_/", BOAT);
  to[WATER] = 0;
}

static void line(char *to, size_t size, u32 step) {
  char sea[WATER + 1];
  u32 s = (u32)divide(uptime_us(), 1000000, NULL);
  water(sea, step);
  int n = format(to, size, "%s up %u:%02u:%02u  ", sea, s / 3600, s / 60 % 60, s % 60);
  machine_status(to + n, size - (size_t)n);
}

void status_erase(void) {
  if (!shown) return;
  shown = false;
  serial_text("\r\033[K");
  shell_prompt();
}

void status_serial(void) {
  if (boot.quiet) return;
  char text[128];
  u64 now = uptime_us();
  u32 second = (u32)divide(now, 1000000, NULL);
  if (!serial_typed) {
    if (second < next_second) return;
    next_second = second + 1;
    line(text, sizeof text, second);
    serial_text(text);
    serial_text("\r\n");
  } else if (shell_line_empty() && now >= next_move) {
    line(text, sizeof text, (u32)divide(now, 250000, NULL));
    serial_text("\r");
    serial_text(text);
    serial_text("  ferry> ");
    shown = true;
    next_move = now + 250000;
  } else if (!shell_line_empty()) {
    next_move = now + 1000000;
  }
}
