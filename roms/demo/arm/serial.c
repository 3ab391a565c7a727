// UART 0, a PL011: a queue that the transmitter's interrupt empties, characters received by interrupt.
#include "demo.h"

enum { DATA = UART, FLAGS = UART + 0x18, INTEGER = UART + 0x24, FRACTION = UART + 0x28, LINE = UART + 0x2c };
enum { CONTROL = UART + 0x30, LEVELS = UART + 0x34, MASK = UART + 0x38, CLEAR = UART + 0x44 };
enum { BUSY = 0x08, RX_EMPTY = 0x10, TX_FULL = 0x20, RX = 0x10, TX = 0x20, RX_TIMEOUT = 0x40 };

bool serial_present = true;

static char queue[8192];
static volatile u32 queue_in, queue_out;
static bool by_interrupt;

void serial_start(void) {
  write32(CONTROL, 0);
  write32(INTEGER, 8);  // 115200 baud of 14.7456 MHz
  write32(FRACTION, 0);
  write32(LINE, 0x70);  // 8 bits, FIFOs
  write32(LEVELS, 0x12);
  write32(MASK, 0);
  write32(CLEAR, 0x7ff);
  write32(CONTROL, 0x301);
}

static void send(void) {
  for (; queue_in != queue_out && !(read32(FLAGS) & TX_FULL); queue_out++) write32(DATA, (u8)queue[queue_out % sizeof queue]);
}

static void set_mask(void) { write32(MASK, by_interrupt ? RX | RX_TIMEOUT | (queue_in != queue_out ? TX : 0) : 0); }

void serial_interrupts(bool on) {
  by_interrupt = on;
  set_mask();
}

void serial_interrupt(void) {
  for (u32 i = 0; i < 64 && !(read32(FLAGS) & RX_EMPTY); i++) {
    u32 data = read32(DATA);
    if (!(data & 0xf00)) input_put((int)(data & 0xff) | FROM_SERIAL);
  }
  write32(CLEAR, RX | RX_TIMEOUT | TX);
  send();
  set_mask();
}

// A line that takes nothing for 100 ms has nobody at its end: text is dropped.
static bool make_room(void) {
  u64 until = uptime_us() + 100000;
  while (queue_in - queue_out == sizeof queue) {
    send();
    if (uptime_us() > until) return false;
  }
  return true;
}

static void drain(u32 us) {
  u64 until = uptime_us() + us;
  while (queue_in != queue_out && uptime_us() < until) send();
  while ((read32(FLAGS) & BUSY) && uptime_us() < until) relax();
}

void serial_text(const char *s) {
  u32 flags = save_interrupts();
  for (; *s != 0; s++) {
    if (!make_room()) break;
    queue[queue_in % sizeof queue] = *s;
    queue_in++;
  }
  if (by_interrupt) {
    send();  // the interrupt comes when the FIFO gets emptier, so it has to be filled first
    set_mask();
  } else {
    drain(1000000);
  }
  restore_interrupts(flags);
}

void serial_flush(void) {
  u32 flags = save_interrupts();
  drain(2000000);
  restore_interrupts(flags);
}
