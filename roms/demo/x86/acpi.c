// Finds and reads the ACPI tables: MADT for processors and interrupt controllers, FADT for power and reset.
#include "demo.h"

struct machine machine;

struct header {
  char signature[4];
  u32 length;
  u8 revision, checksum;
  char oem[6], oem_table[8];
  u32 oem_revision, creator, creator_revision;
} __attribute__((packed));

struct rsdp {
  char signature[8];
  u8 checksum;
  char oem[6];
  u8 revision;
  u32 rsdt, length;
  u64 xsdt;
} __attribute__((packed));

u8 sum_bytes(const void *p, u32 n) {
  const u8 *b = p;
  u8 sum = 0;
  while (n-- > 0) sum = (u8)(sum + *b++);
  return sum;
}

static u32 get32(const u8 *p) { return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24; }

static bool is_rsdp(const void *p) { return memcmp(p, "RSD PTR ", 8) == 0 && sum_bytes(p, 20) == 0; }

static const struct rsdp *find_rsdp(void) {
  if (boot_rsdp != 0 && is_rsdp((const void *)boot_rsdp)) return (const void *)boot_rsdp;
  for (u32 at = 0xe0000; at < 0x100000; at += 16) {
    if (is_rsdp((const void *)at)) return (const void *)at;
  }
  u32 ebda = (u32) * (volatile u16 *)0x40e << 4;
  for (u32 at = ebda; ebda >= 0x80000 && ebda < 0xa0000 && at < ebda + 1024; at += 16) {
    if (is_rsdp((const void *)at)) return (const void *)at;
  }
  return NULL;
}

static void add_cpu(u8 apic) {
  if (machine.cpus < MAX_CPUS) machine.cpu_apic[machine.cpus++] = apic;
}

static void read_madt(const struct header *madt) {
  const u8 *p = (const u8 *)madt, *end = p + madt->length;
  machine.apic_base = get32(p + 36);
  for (p += 44; p + 2 <= end && p[1] >= 2; p += p[1]) {
    switch (p[0]) {
      case 0:  // processor
        if (get32(p + 4) & 1) add_cpu(p[3]);
        break;
      case 1:  // IOAPIC
        if (machine.ioapics < MAX_IOAPICS) {
          machine.ioapic_base[machine.ioapics] = get32(p + 4);
          machine.ioapic_gsi[machine.ioapics++] = get32(p + 8);
        }
        break;
      case 2:  // an ISA line that is not where it would be
        if (p[3] < 16) {
          machine.line[p[3]].gsi = get32(p + 4);
          machine.line[p[3]].low = (p[8] & 3) == 3;
          machine.line[p[3]].level = (p[8] >> 2 & 3) == 3;
        }
        break;
    }
  }
}

static struct address generic(const u8 *p) {
  struct address a = {p[0], p[1], get32(p + 8) == 0 ? get32(p + 4) : 0};
  return a;
}

// \_S5 is a package of small integers: the values to write for "off". 5 where it cannot be found.
static void read_s5(const struct header *dsdt) {
  machine.s5_type_a = machine.s5_type_b = 5;
  const u8 *p = (const u8 *)dsdt + sizeof *dsdt, *end = (const u8 *)dsdt + dsdt->length;
  for (; p + 12 < end; p++) {
    if (memcmp(p, "_S5_", 4) != 0 || p[4] != 0x12) continue;
    const u8 *element = p + 5 + 1 + (p[5] >> 6) + 1;  // after the package's length and count
    for (u32 i = 0; i < 2 && element + 1 < end; i++) {
      if (*element == 0x0a) element++;
      else if (*element > 1) return;
      *(i == 0 ? &machine.s5_type_a : &machine.s5_type_b) = *element++;
    }
    return;
  }
}

static void read_fadt(const struct header *fadt) {
  const u8 *p = (const u8 *)fadt;
  u32 flags = get32(p + 112);
  machine.smi_port = get32(p + 48);
  machine.acpi_enable = p[52];
  machine.reduced = flags >> 20 & 1;
  struct address pm1a = {1, 16, get32(p + 64)}, pm1b = {1, 16, get32(p + 68)};
  machine.pm1a = pm1a;
  machine.pm1b = pm1b;
  if (fadt->length >= 129) {
    machine.reset_supported = flags >> 10 & 1;
    machine.reset = generic(p + 116);
    machine.reset_value = p[128];
  }
  u32 dsdt = get32(p + 40);
  if (fadt->length >= 148 && get32(p + 140) != 0 && get32(p + 144) == 0) dsdt = get32(p + 140);
  if (fadt->length >= 256) machine.sleep_control = generic(p + 244);
  if (dsdt != 0) read_s5((const struct header *)dsdt);
}

static void read_table(u32 at) {
  const struct header *table = (const struct header *)at;
  if (sum_bytes(table, table->length) != 0) return;
  if (memcmp(table->signature, "APIC", 4) == 0) read_madt(table);
  if (memcmp(table->signature, "FACP", 4) == 0) read_fadt(table);
}

static bool acpi_read(void) {
  const struct rsdp *rsdp = find_rsdp();
  if (rsdp == NULL) return false;
  bool wide = rsdp->revision >= 2 && rsdp->xsdt != 0 && rsdp->xsdt >> 32 == 0;
  const struct header *root = (const struct header *)(wide ? (u32)rsdp->xsdt : rsdp->rsdt);
  if (memcmp(root->signature, wide ? "XSDT" : "RSDT", 4) != 0 || sum_bytes(root, root->length) != 0) return false;
  const u8 *p = (const u8 *)root + sizeof *root, *end = (const u8 *)root + root->length;
  for (; p + (wide ? 8 : 4) <= end; p += wide ? 8 : 4) {
    if (!wide || get32(p + 4) == 0) read_table(get32(p));
  }
  machine.acpi = true;
  return true;
}

void tables_read(void) {
  for (u32 i = 0; i < 16; i++) machine.line[i].gsi = i;
  machine.source = acpi_read() ? "ACPI" : "none";
  if (machine.cpus == 0 && mp_read()) machine.source = machine.acpi ? "ACPI and MP table" : "MP table";
  if (machine.apic_base == 0) machine.apic_base = 0xfee00000;
}
