// Text goes to the serial line and to the screen alike; characters come from the serial line and the keyboard.
#include "demo.h"

void print(const char *form, ...) {
  char text[256], line[2 * sizeof text], *to = line;
  va_list list;
  va_start(list, form);
  format_list(text, sizeof text, form, list);
  va_end(list);
  for (const char *p = text; *p != 0; p++) {
    if (*p == '\n') *to++ = '\r';
    *to++ = *p;
    screen_put(*p);
  }
  *to = 0;
  serial_text(line);
}

void console_flush(void) {
  screen_show();
  serial_flush();
}

// Written by interrupt handlers, read by the main loop.
static int queue[256];
static volatile u32 queue_in, queue_out;

void input_put(int c) {
  if (queue_in - queue_out < 256) {
    queue[queue_in & 255] = c;
    queue_in++;
  }
}

bool input_waiting(void) { return queue_in != queue_out; }

int input_get(void) {
  if (!input_waiting()) return -1;
  int c = queue[queue_out & 255];
  queue_out++;
  return c;
}
