// The local APIC (its timer, LINT0, inter-processor interrupts) and the IOAPICs.
#include "demo.h"

enum {
  ID = 0x20,
  VERSION = 0x30,
  PRIORITY = 0x80,
  END = 0xb0,
  SPURIOUS = 0xf0,
  COMMAND = 0x300,
  DESTINATION = 0x310,
  LVT_TIMER = 0x320,
  LVT_LINT0 = 0x350,
  LVT_LINT1 = 0x360,
  LVT_ERROR = 0x370,
  TIMER_INITIAL = 0x380,
  TIMER_CURRENT = 0x390,
  TIMER_DIVIDE = 0x3e0,
};
enum { MASKED = 1 << 16, PERIODIC = 1 << 17, EXTERNAL = 7 << 8, NMI = 4 << 8, PENDING = 1 << 12, BY_16 = 3 };

bool apic_present, ioapic_present;
u32 apic_timer_khz;

static volatile u32 *reg(u32 offset) { return (volatile u32 *)(machine.apic_base + offset); }

u32 apic_id(void) { return *reg(ID) >> 24; }

void apic_end(void) { *reg(END) = 0; }

void apic_external(bool on) {
  if (apic_present) *reg(LVT_LINT0) = on ? EXTERNAL : EXTERNAL | MASKED;
}

void apic_start_this_cpu(void) {
  *reg(PRIORITY) = 0;
  *reg(LVT_LINT0) = EXTERNAL | MASKED;
  *reg(LVT_LINT1) = NMI | MASKED;
  *reg(LVT_ERROR) = MASKED;
  *reg(SPURIOUS) = 0x1ff;
  *reg(TIMER_DIVIDE) = BY_16;
}

static u32 timer_count(void) { return *reg(TIMER_CURRENT); }

static void measure_timer(void) {
  *reg(LVT_TIMER) = MASKED;
  *reg(TIMER_INITIAL) = 0xffffffff;
  struct moment from = moment(timer_count);
  delay_us(5000);
  struct moment to = moment(timer_count);
  *reg(TIMER_INITIAL) = 0;
  apic_timer_khz = (u32)scale(from.count - to.count, 1000, (u32)counter_to_us(to.counter - from.counter));
}

void apic_timer_periodic(void) {
  if (apic_timer_khz == 0) return;
  *reg(LVT_TIMER) = PERIODIC | VECTOR_APIC_TIMER;
  *reg(TIMER_INITIAL) = (u32)scale(1000, apic_timer_khz, APIC_TICKS_PER_SECOND);
}

void apic_timer_once(u32 us) {
  *reg(LVT_TIMER) = VECTOR_APIC_TIMER;
  *reg(TIMER_INITIAL) = (u32)scale(us, apic_timer_khz, 1000);
}

// command: vector and delivery mode, as in the low half of the command register.
void apic_send(u32 destination, u32 command) {
  u32 flags = save_interrupts();
  *reg(DESTINATION) = destination << 24;
  *reg(COMMAND) = command;
  for (u32 i = 0; i < 100000 && (*reg(COMMAND) & PENDING); i++) relax();
  restore_interrupts(flags);
}

static u32 io_read(u32 base, u32 index) {
  *(volatile u32 *)base = index;
  return *(volatile u32 *)(base + 0x10);
}
static void io_write(u32 base, u32 index, u32 value) {
  *(volatile u32 *)base = index;
  *(volatile u32 *)(base + 0x10) = value;
}

void ioapic_enable(u32 line, u8 vector, bool on) {
  if (!ioapic_present) return;
  u32 gsi = machine.line[line].gsi;
  for (u32 i = 0; i < machine.ioapics; i++) {
    u32 base = machine.ioapic_base[i], pins = (io_read(base, 1) >> 16 & 0xff) + 1;
    if (gsi < machine.ioapic_gsi[i] || gsi - machine.ioapic_gsi[i] >= pins) continue;
    u32 index = 0x10 + 2 * (gsi - machine.ioapic_gsi[i]);
    u32 low = vector | (machine.line[line].low ? 1u << 13 : 0) | (machine.line[line].level ? 1u << 15 : 0);
    io_write(base, index + 1, apic_id() << 24);
    io_write(base, index, on ? low : low | MASKED);
    return;
  }
}

void apic_start(void) {
  if (!cpu_has_apic() || machine.apic_base == 0) return;
  u32 version = *reg(VERSION);
  if (version == 0xffffffff || (version & 0xff) == 0) return;
  apic_present = true;
  apic_start_this_cpu();
  measure_timer();
  for (u32 i = 0; i < machine.ioapics; i++) {
    u32 base = machine.ioapic_base[i], value = io_read(base, 1);
    if (value == 0xffffffff) continue;
    ioapic_present = true;
    for (u32 pin = 0; pin <= (value >> 16 & 0xff); pin++) io_write(base, 0x10 + 2 * pin, MASKED);
  }
}
