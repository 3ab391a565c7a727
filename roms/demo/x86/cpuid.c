// What CPUID says.
#include "demo.h"

struct cpuid cpuid(u32 leaf) {
  struct cpuid r;
  __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "0"(leaf), "2"(0));
  return r;
}

enum { FPU = 1 << 0, TSC = 1 << 4, APIC = 1 << 9, CMOV = 1 << 15 };

// CPUID is there when EFLAGS.ID can be changed.
static bool has_cpuid(void) {
  u32 before, after;
  __asm__ volatile("pushfl; popl %0; movl %0, %1; xorl $0x200000, %1; pushl %1; popfl; pushfl; popl %1"
                   : "=&r"(before), "=&r"(after)
                   :
                   : "cc");
  return ((before ^ after) & 0x200000) != 0;
}

static bool feature(u32 bit) { return cpuid(0).eax >= 1 && (cpuid(1).edx & bit); }

bool cpu_good_enough(void) { return has_cpuid() && feature(TSC); }
bool cpu_has_apic(void) { return feature(APIC); }
bool cpu_has_fpu(void) { return feature(FPU); }
bool cpu_has_cmov(void) { return feature(CMOV); }

void print_cpu(void) {
  struct cpuid zero = cpuid(0), one = cpuid(1);
  u32 vendor[4] = {zero.ebx, zero.edx, zero.ecx, 0};
  u32 family = one.eax >> 8 & 15, model = one.eax >> 4 & 15;
  if (family == 6 || family == 15) model += (one.eax >> 16 & 15) << 4;
  if (family == 15) family += one.eax >> 20 & 255;
  print("%s, family %u, model %u, stepping %u", (const char *)vendor, family, model, one.eax & 15);
  if (cpuid(0x80000000).eax >= 0x80000004) {
    u32 brand[13] = {0};
    for (u32 i = 0; i < 3; i++) {
      struct cpuid part = cpuid(0x80000002 + i);
      memcpy(brand + 4 * i, &part, sizeof part);
    }
    const char *text = (const char *)brand;
    while (*text == ' ') text++;
    print(", %s", text);
  }
  static const struct {
    u8 bit;
    char name[8];
  } features[] = {{0, "fpu"}, {1, "vme"}, {2, "de"}, {3, "pse"}, {4, "tsc"}, {5, "msr"}, {6, "pae"}, {7, "mce"},
                  {8, "cx8"}, {9, "apic"}, {11, "sep"}, {12, "mtrr"}, {13, "pge"}, {14, "mca"}, {15, "cmov"},
                  {16, "pat"}, {17, "pse36"}, {19, "clflush"}, {23, "mmx"}, {24, "fxsr"}, {25, "sse"}, {26, "sse2"}};
  print("\nfeatures:");
  for (u32 i = 0; i < sizeof features / sizeof *features; i++) {
    if (one.edx >> features[i].bit & 1) print(" %s", features[i].name);
  }
  print("\n");
  for (u32 i = 0; i < cpu_count; i++) print("CPU %u: local APIC %u, %u timer ticks\n", i, cpu[i].apic, cpu[i].timer_ticks);
}
