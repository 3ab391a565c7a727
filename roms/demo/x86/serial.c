// COM1, a 16550A: a queue that the transmitter's interrupt empties, characters received by interrupt.
#include "demo.h"

enum {
  BASE = 0x3f8,
  DATA = BASE,
  ENABLE = BASE + 1,
  IDENT = BASE + 2,
  FIFO = BASE + 2,
  LINE = BASE + 3,
  MODEM = BASE + 4,
  STATUS = BASE + 5,
  SCRATCH = BASE + 7,
};
enum { STATUS_DATA = 1, STATUS_EMPTY = 0x20, STATUS_IDLE = 0x40, ENABLE_DATA = 1, ENABLE_EMPTY = 2 };

bool serial_present;

static char queue[8192];
static volatile u32 queue_in, queue_out;
static bool by_interrupt;
static u32 burst = 1;  // bytes that may be written when the holding register is empty

void serial_start(void) {
  out8(SCRATCH, 0x5a);
  if (in8(SCRATCH) != 0x5a) return;
  out8(SCRATCH, 0xa5);
  if (in8(SCRATCH) != 0xa5) return;
  serial_present = true;
  out8(ENABLE, 0);
  out8(LINE, 0x80);
  out8(DATA, 1);  // 115200 baud
  out8(ENABLE, 0);
  out8(LINE, 3);  // 8 bits, no parity, 1 stop bit
  out8(FIFO, 0x07);  // on and empty
  if ((in8(IDENT) & 0xc0) == 0xc0) burst = 16;
  out8(MODEM, 0x0b);  // DTR, RTS, and OUT2, which lets the interrupt through
}

static void send(void) {
  if (!(in8(STATUS) & STATUS_EMPTY)) return;
  for (u32 i = 0; i < burst && queue_in != queue_out; i++) {
    out8(DATA, (u8)queue[queue_out % sizeof queue]);
    queue_out++;
  }
}

static void receive(void) {
  for (u32 i = 0; i < 64 && (in8(STATUS) & STATUS_DATA); i++) input_put(in8(DATA) | FROM_SERIAL);
}

void serial_interrupts(bool on) {
  by_interrupt = on && serial_present;
  if (serial_present) out8(ENABLE, by_interrupt ? ENABLE_DATA : 0);
}

void serial_interrupt(void) {
  if (!serial_present) return;
  receive();
  in8(IDENT);
  send();
  out8(ENABLE, queue_in != queue_out ? ENABLE_DATA | ENABLE_EMPTY : ENABLE_DATA);
}

// At 115200 baud a byte leaves every 87 us. A line that takes none for 100 ms has nobody at its end: text is dropped.
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
  while (!(in8(STATUS) & STATUS_IDLE) && uptime_us() < until) relax();
}

void serial_text(const char *s) {
  if (!serial_present) return;
  u32 flags = save_interrupts();
  for (; *s != 0; s++) {
    if (!make_room()) break;
    queue[queue_in % sizeof queue] = *s;
    queue_in++;
  }
  if (by_interrupt) {
    out8(ENABLE, ENABLE_DATA | ENABLE_EMPTY);
  } else {
    drain(1000000);
  }
  restore_interrupts(flags);
}

void serial_flush(void) {
  if (!serial_present) return;
  u32 flags = save_interrupts();
  drain(2000000);
  restore_interrupts(flags);
}
