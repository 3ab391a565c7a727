// Off and again: through what the FADT names, else through what every PC has.
#include "demo.h"

static void write_address(struct address a, u32 value) {
  if (a.space == 0) {
    if (a.width == 32) *(volatile u32 *)a.at = value;
    else if (a.width == 16) *(volatile u16 *)a.at = (u16)value;
    else *(volatile u8 *)a.at = (u8)value;
  } else if (a.space == 1) {
    if (a.width == 32) out32((u16)a.at, value);
    else if (a.width == 16) out16((u16)a.at, (u16)value);
    else out8((u16)a.at, (u8)value);
  }
}

static void enable_acpi(void) {
  if (machine.smi_port == 0 || machine.acpi_enable == 0 || (in16((u16)machine.pm1a.at) & 1)) return;
  out8((u16)machine.smi_port, machine.acpi_enable);
  for (u32 i = 0; i < 1000 && !(in16((u16)machine.pm1a.at) & 1); i++) delay_us(100);
}

void power_off(void) {
  print("off\n");
  console_flush();
  interrupts_off();
  if (boot_exit_port != 0) out8((u16)boot_exit_port, selftest_failures != 0);
  if (machine.sleep_control.at != 0) write_address(machine.sleep_control, (u32)machine.s5_type_a << 2 | 0x20);
  if (machine.acpi && !machine.reduced && machine.pm1a.at != 0) {
    enable_acpi();
    write_address(machine.pm1a, (u32)machine.s5_type_a << 10 | 1u << 13);
    if (machine.pm1b.at != 0) write_address(machine.pm1b, (u32)machine.s5_type_b << 10 | 1u << 13);
  }
  delay_us(100000);
  interrupts_on();
  print("This machine names no power switch that works: it keeps running.\n");
}

void triple_fault(u16 limit) {
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) nothing = {limit, 0};
  interrupts_off();
  __asm__ volatile("lidt %0; int3" : : "m"(nothing));
}

void reboot(void) {
  print("reboot\n");
  console_flush();
  interrupts_off();
  if (machine.reset_supported && machine.reset.at != 0) {
    write_address(machine.reset, machine.reset_value);
    delay_us(50000);
  }
  out8(0xcf9, 0x02);
  out8(0xcf9, 0x06);
  delay_us(50000);
  keyboard_reset_pulse();
  delay_us(50000);
  triple_fault(0);
}
