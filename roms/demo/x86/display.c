// The VGA's text mode.
#include "demo.h"

static volatile u16 *const cells = (volatile u16 *)0xb8000;

static void crtc(u8 index, u8 value) {
  out8(0x3d4, index);
  out8(0x3d5, value);
}

void display_start(void) {
  crtc(0x0c, 0);
  crtc(0x0d, 0);
  crtc(0x0a, 14);  // cursor: the two lowest lines of the character
  crtc(0x0b, 15);
}

void display_cell(int place, u16 cell) { cells[place] = cell; }

void display_cursor(int place) {
  crtc(0x0e, (u8)(place >> 8));
  crtc(0x0f, (u8)place);
}
