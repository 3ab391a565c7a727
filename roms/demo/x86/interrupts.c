// The interrupt table, what each vector does, and the routes by which the device lines come in.
#include "demo.h"

volatile u32 interrupt_count[SOURCES];
const char *const source_name[SOURCES] = {"timer", "keyboard", "serial", "clock", "APIC timer", "IPI", "spurious"};
enum route route = ROUTE_NONE;
struct expected_fault expected_fault;

// How the last interrupt of each source came in.
static enum { BY_NONE, BY_PIC, BY_IOAPIC, BY_APIC } came_by[SOURCES];

extern const u32 interrupt_entries[0x50];
extern void interrupt_spurious_entry(void);

static struct gate {
  u16 offset_low, selector, flags, offset_high;
} table[256];

static void set_gate(u32 vector, u32 to) {
  struct gate gate = {(u16)to, 0x08, 0x8e00, (u16)(to >> 16)};
  table[vector] = gate;
}

void interrupts_load(void) {
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) pointer = {sizeof table - 1, (u32)table};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

void interrupts_start(void) {
  for (u32 i = 0; i < 256; i++) set_gate(i, i < 0x50 ? interrupt_entries[i] : (u32)interrupt_spurious_entry);
  interrupts_load();
}

static const char *const fault_names[] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "no FPU", "double fault",
    "FPU segment", "invalid TSS", "segment not present", "stack fault", "general protection", "page fault"};

void print_frame(const struct frame *f) {
  u32 cr0, cr2, cr3;
  __asm__("movl %%cr0, %0; movl %%cr2, %1; movl %%cr3, %2" : "=r"(cr0), "=r"(cr2), "=r"(cr3));
  print("eax %08x  ebx %08x  ecx %08x  edx %08x\n", f->eax, f->ebx, f->ecx, f->edx);
  print("esi %08x  edi %08x  ebp %08x  esp %08x\n", f->esi, f->edi, f->ebp, f->esp);
  print("eip %08x  eflags %08x  cs %04x\n", f->eip, f->eflags, f->cs & 0xffff);
  print("cr0 %08x  cr2 %08x  cr3 %08x\n", cr0, cr2, cr3);
}

static void fault(struct frame *f) {
  if (expected_fault.armed) {
    expected_fault.armed = false;
    expected_fault.vector = f->vector;
    expected_fault.error = f->error;
    __asm__ volatile("movl %%cr2, %0" : "=r"(expected_fault.address));
    f->eip = expected_fault.resume;
    return;
  }
  serial_interrupts(false);
  print("\nException %u (%s), error code %x, on CPU %u. The program stops here.\n", f->vector,
        f->vector < sizeof fault_names / sizeof *fault_names ? fault_names[f->vector] : "reserved", f->error, this_cpu());
  f->esp += 20;  // PUSHAL saw the stack below the five words of the interrupt
  print_frame(f);
  console_flush();
  for (;;) {
    interrupts_off();
    halt();
  }
}

static void count(enum source source, u32 by) {
  interrupt_count[source]++;
  came_by[source] = by;
}

static void device(u32 line, u32 by) {
  switch (line) {
    case 0:
      count(SOURCE_TIMER, by);
      time_tick();
      break;
    case 1:
      count(SOURCE_KEYBOARD, by);
      keyboard_interrupt();
      break;
    case 4:
      count(SOURCE_SERIAL, by);
      serial_interrupt();
      break;
    case 8:
      count(SOURCE_CLOCK, by);
      rtc_interrupt();
      break;
    default:
      count(SOURCE_SPURIOUS, by);
  }
}

static void from_pic(u32 line) {
  if ((line == 7 || line == 15) && !pic_in_service(line)) {
    count(SOURCE_SPURIOUS, BY_PIC);
    if (line == 15) pic_end(2);
    return;
  }
  device(line, BY_PIC);
  pic_end(line);
}

// Called by start.S with the registers of the interrupted program.
void interrupt(struct frame *f);
void interrupt(struct frame *f) {
  if (f->vector < 32) {
    fault(f);
  } else if (f->vector < VECTOR_IOAPIC) {
    from_pic(f->vector - VECTOR_PIC);
  } else if (f->vector < VECTOR_APIC_TIMER) {
    device(f->vector - VECTOR_IOAPIC, BY_IOAPIC);
    apic_end();
  } else {
    u32 me = this_cpu();
    switch (f->vector) {
      case VECTOR_APIC_TIMER:
        cpu[me].timer_ticks++;
        if (me == 0) count(SOURCE_APIC_TIMER, BY_APIC);
        apic_end();
        break;
      case VECTOR_PING:
        cpu[me].pings++;
        apic_end();
        apic_send(cpu[0].apic, VECTOR_PONG);
        break;
      case VECTOR_PONG:
        cpu[0].pongs++;
        count(SOURCE_IPI, BY_APIC);
        apic_end();
        break;
      default:
        count(SOURCE_SPURIOUS, BY_APIC);
    }
  }
}

static bool line_used(u32 line) {
  return line == 0 ? pit_present : line == 1 ? keyboard_present : line == 4 ? serial_present : line == 8 && rtc_present;
}

static bool ticks_come(void) {
  u32 flags = save_interrupts(), from = ticks;
  interrupts_on();
  u64 until = uptime_us() + 100000;
  while (ticks == from && uptime_us() < until) relax();
  restore_interrupts(flags);
  return ticks != from;
}

static void apply(enum route r) {
  u32 flags = save_interrupts();
  apic_external(r == ROUTE_PIC || r == ROUTE_MIXED);
  for (u32 line = 0; line < 16; line++) {
    bool by_pic = r == ROUTE_PIC || (r == ROUTE_MIXED && line == 0);
    bool used = r != ROUTE_NONE && line_used(line);
    pic_enable(line, used && by_pic);
    if (line != 2) ioapic_enable(line, (u8)(VECTOR_IOAPIC + line), used && !by_pic);
  }
  route = r;
  // An edge that came while its line was masked is gone; what it announced is fetched here.
  keyboard_interrupt();
  serial_interrupt();
  restore_interrupts(flags);
}

bool interrupts_route(enum route wanted) {
  bool io = apic_present && ioapic_present;
  if ((wanted == ROUTE_PIC || wanted == ROUTE_MIXED) && !pic_present) return false;
  if ((wanted == ROUTE_IOAPIC || wanted == ROUTE_MIXED) && !io) return false;
  enum route before = route;
  apply(wanted);
  if (!pit_present || wanted == ROUTE_NONE) return true;
  if (ticks_come()) return true;
  // Boards wire the timer to pin 2, even those whose tables forget to say so.
  if (wanted == ROUTE_IOAPIC && machine.line[0].gsi == 0) {
    ioapic_enable(0, VECTOR_IOAPIC, false);
    machine.line[0].gsi = 2;
    apply(wanted);
    if (ticks_come()) return true;
  }
  apply(before);
  return false;
}

// An IOAPIC that the tables name but that does not bring the timer in is as good as none.
void interrupts_choose(void) {
  if (interrupts_route(ROUTE_IOAPIC)) {
    interrupts_route(ROUTE_MIXED);
  } else {
    ioapic_present = false;
    if (!interrupts_route(ROUTE_PIC)) interrupts_route(ROUTE_NONE);
  }
}

const char *route_name(enum route r) {
  static const char *const names[] = {"none", "pic", "mixed", "ioapic"};
  return names[r];
}

const char *route_of(enum source source) {
  static const char *const names[] = {"-", "PIC", "IOAPIC", "local"};
  return names[came_by[source]];
}
