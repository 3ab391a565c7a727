// The pair of 8259s, on vectors VECTOR_PIC and following.
#include "demo.h"

enum { FIRST = 0x20, SECOND = 0xa0 };

bool pic_present;
static u16 masked = 0xffff;

static void write_masks(void) {
  out8(FIRST + 1, (u8)masked);
  out8(SECOND + 1, (u8)(masked >> 8));
}

void pic_start(void) {
  out8(FIRST, 0x11);  // edge triggered, two chips, four words
  out8(SECOND, 0x11);
  out8(FIRST + 1, VECTOR_PIC);
  out8(SECOND + 1, VECTOR_PIC + 8);
  out8(FIRST + 1, 4);  // the second one on line 2
  out8(SECOND + 1, 2);
  out8(FIRST + 1, 1);  // 8086 mode, ends on command
  out8(SECOND + 1, 1);
  out8(FIRST + 1, 0xa5);
  bool first = in8(FIRST + 1) == 0xa5;
  out8(FIRST + 1, 0x5a);
  pic_present = first && in8(FIRST + 1) == 0x5a;
  write_masks();
}

void pic_enable(u32 line, bool on) {
  if (!pic_present) return;
  masked = (u16)(on ? masked & ~(1u << line) : masked | 1u << line);
  masked = (u16)((masked & 0xff00) == 0xff00 ? masked | 4 : masked & ~4u);
  write_masks();
}

bool pic_in_service(u32 line) {
  u16 port = line < 8 ? FIRST : SECOND;
  out8(port, 0x0b);
  return in8(port) >> (line & 7) & 1;
}

void pic_end(u32 line) {
  if (line >= 8) out8(SECOND, 0x20);
  out8(FIRST, 0x20);
}
