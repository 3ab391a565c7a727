// The primary interrupt controller, what each line does, and what exceptions say.
#include "demo.h"

enum { STATUS = PIC, ENABLE_SET = PIC + 8, ENABLE_CLEAR = PIC + 12 };
enum { FIQ_STATUS = PIC + 0x20, FIQ_ENABLE_SET = PIC + 0x28, FIQ_ENABLE_CLEAR = PIC + 0x2c };

volatile u32 interrupt_count[SOURCES];
const char *const source_name[SOURCES] = {"timer", "fast timer", "frame", "clock", "serial", "keyboard", "spurious"};
volatile struct expected_fault expected_fault;
static enum { BY_NONE, BY_IRQ, BY_FIQ } came_by[SOURCES];

static const struct {
  u32 line;
  enum source source;
  void (*handle)(void);
} lines[] = {
    {LINE_TIMER1, SOURCE_TIMER, time_interrupt},       {LINE_UART, SOURCE_SERIAL, serial_interrupt},
    {LINE_KEYBOARD, SOURCE_KEYBOARD, keyboard_interrupt}, {LINE_CLOCK, SOURCE_CLOCK, rtc_interrupt},
    {LINE_LCD, SOURCE_FRAME, display_interrupt},
};

void interrupts_start(void) {
  write32(ENABLE_CLEAR, 0xffffffff);
  write32(FIQ_ENABLE_CLEAR, 0xffffffff);
  u32 enabled = 0;
  for (u32 i = 0; i < sizeof lines / sizeof *lines; i++) enabled |= 1u << lines[i].line;
  write32(ENABLE_SET, enabled);
  write32(FIQ_ENABLE_SET, 1u << LINE_TIMER2);
}

void interrupt(void);
void interrupt(void) {
  u32 status = read32(STATUS);
  bool known = false;
  for (u32 i = 0; i < sizeof lines / sizeof *lines; i++) {
    if (!(status >> lines[i].line & 1)) continue;
    known = true;
    interrupt_count[lines[i].source]++;
    came_by[lines[i].source] = BY_IRQ;
    lines[i].handle();
  }
  if (!known) interrupt_count[SOURCE_SPURIOUS]++;
}

void fast_interrupt(void);
void fast_interrupt(void) {
  if (!(read32(FIQ_STATUS) >> LINE_TIMER2 & 1)) {
    interrupt_count[SOURCE_SPURIOUS]++;
    return;
  }
  interrupt_count[SOURCE_FAST]++;
  came_by[SOURCE_FAST] = BY_FIQ;
  fast_timer_interrupt();
}

const char *route_of(enum source source) {
  static const char *const names[] = {"-", "IRQ", "FIQ"};
  return names[came_by[source]];
}

void print_frame(const struct frame *f) {
  for (u32 i = 0; i < 15; i++) print("r%-2u %08x%s", i, f->r[i], i % 5 == 4 ? "\n" : "  ");
  print("pc  %08x  cpsr %08x\n", f->pc, f->cpsr);
}

// Called by start.S with the registers of the interrupted program.
void fault(struct frame *f);
void fault(struct frame *f) {
  static const char *const names[] = {"reset", "undefined instruction", "software interrupt", "prefetch abort", "data abort"};
  u32 status, address;
  __asm__ volatile("mrc p15, 0, %0, c5, c0, 0\n\tmrc p15, 0, %1, c6, c0, 0" : "=r"(status), "=r"(address));
  if (expected_fault.armed) {
    expected_fault.armed = false;
    expected_fault.vector = f->vector;
    expected_fault.status = status & 0xff;
    expected_fault.address = address;
    f->pc = expected_fault.resume;
    return;
  }
  serial_interrupts(false);
  print("\nException %u (%s), status %02x, address %08x. The program stops here.\n", f->vector,
        f->vector < 5 ? names[f->vector] : "reserved", status & 0xff, address);
  print_frame(f);
  console_flush();
  for (;;) {
    interrupts_off();
    __asm__ volatile("mcr p15, 0, %0, c7, c0, 4" : : "r"(0));
  }
}
