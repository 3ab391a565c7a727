// Reads the MultiProcessor Specification's table, for machines without ACPI.
#include "demo.h"

struct pointer {
  char signature[4];
  u32 table;
  u8 length, revision, checksum, feature[5];
} __attribute__((packed));

struct table {
  char signature[4];
  u16 length;
  u8 revision, checksum;
  char oem[8], product[12];
  u32 oem_table;
  u16 oem_size, entries;
  u32 apic;
  u16 extended_length;
  u8 extended_checksum, reserved;
} __attribute__((packed));

static const struct pointer *find(u32 from, u32 to) {
  for (u32 at = from; at < to; at += 16) {
    if (memcmp((const void *)at, "_MP_", 4) == 0 && sum_bytes((const void *)at, 16) == 0) return (const void *)at;
  }
  return NULL;
}

bool mp_read(void) {
  const struct pointer *pointer = find(0x9fc00, 0xa0000);
  if (pointer == NULL) pointer = find(0xf0000, 0x100000);
  if (pointer == NULL || pointer->table == 0) return false;
  const struct table *table = (const struct table *)pointer->table;
  if (memcmp(table->signature, "PCMP", 4) != 0 || sum_bytes(table, table->length) != 0) return false;
  machine.apic_base = table->apic;
  const u8 *p = (const u8 *)(table + 1), *end = (const u8 *)table + table->length;
  u8 isa_bus = 0xff;
  for (u32 i = 0; i < table->entries && p < end; i++) {
    switch (p[0]) {
      case 0:
        if ((p[3] & 1) && machine.cpus < MAX_CPUS) machine.cpu_apic[machine.cpus++] = p[1];
        break;
      case 1:
        if (memcmp(p + 2, "ISA", 3) == 0) isa_bus = p[1];
        break;
      case 2:
        if ((p[3] & 1) && machine.ioapics < MAX_IOAPICS) {
          machine.ioapic_base[machine.ioapics] = *(const u32 *)(p + 4);
          machine.ioapic_gsi[machine.ioapics] = machine.ioapics * 24;
          machine.ioapics++;
        }
        break;
      case 3:
        if (p[1] == 0 && p[4] == isa_bus && p[5] < 16) {
          machine.line[p[5]].gsi = p[7];
          machine.line[p[5]].low = (p[2] & 3) == 3;
          machine.line[p[5]].level = (p[2] >> 2 & 3) == 3;
        }
        break;
    }
    p += p[0] == 0 ? 20 : 8;
  }
  return true;
}
