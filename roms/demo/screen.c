// The text screen. Everything is drawn into a copy; screen_show() gives the display the cells that changed.
#include "demo.h"

static u16 wanted[ROWS * COLUMNS], shown[ROWS * COLUMNS];
static int row = WINDOW_TOP, column;
static int cursor_shown = -1;

enum { WINDOW_ATTRIBUTE = 0x07 };

void screen_start(void) {
  display_start();
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    wanted[i] = shown[i] = ' ' | WINDOW_ATTRIBUTE << 8;
    display_cell(i, shown[i]);
  }
}

void screen_set(int r, int c, u8 glyph, u8 attribute) {
  if (r >= 0 && r < ROWS && c >= 0 && c < COLUMNS) wanted[r * COLUMNS + c] = (u16)(glyph | attribute << 8);
}

u8 screen_attribute(int r, int c) {
  return r >= 0 && r < ROWS && c >= 0 && c < COLUMNS ? (u8)(wanted[r * COLUMNS + c] >> 8) : 0;
}

void screen_text(int r, int c, u8 attribute, const char *form, ...) {
  char text[COLUMNS + 1];
  va_list list;
  va_start(list, form);
  format_list(text, sizeof text, form, list);
  va_end(list);
  for (const char *p = text; *p != 0; p++) screen_set(r, c++, (u8)*p, attribute);
}

static void next_row(void) {
  column = 0;
  if (++row < ROWS) return;
  row = ROWS - 1;
  for (int i = WINDOW_TOP * COLUMNS; i < (ROWS - 1) * COLUMNS; i++) wanted[i] = wanted[i + COLUMNS];
  for (int i = 0; i < COLUMNS; i++) screen_set(row, i, ' ', WINDOW_ATTRIBUTE);
}

void screen_put(char c) {
  switch (c) {
    case '\n':
      next_row();
      return;
    case '\r':
      column = 0;
      return;
    case '\b':
      if (column > 0) column--;
      return;
  }
  if ((u8)c < ' ') return;
  if (column == COLUMNS) next_row();
  screen_set(row, column++, (u8)c, WINDOW_ATTRIBUTE);
}

void screen_show(void) {
  for (int i = 0; i < ROWS * COLUMNS; i++) {
    if (wanted[i] == shown[i]) continue;
    shown[i] = wanted[i];
    display_cell(i, shown[i]);
  }
  int cursor = row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
  if (cursor != cursor_shown) {
    cursor_shown = cursor;
    display_cursor(cursor);
  }
}
