public import DeviceModel

/// A kind of CPU: what CPUID says and what instructions and registers there are. All of it is data.
public struct CPUModel: Sendable, HostSide {
  /// The name in `-cpu` and board files.
  public let name: String
  /// Of CPUID leaf 1, the extended part added.
  public let family: UInt32
  /// Of CPUID leaf 1, with the extended part above bit 4.
  public let model: UInt32
  /// Of CPUID leaf 1.
  public let stepping: UInt32
  /// The brand string, at most 47 ASCII characters.
  public let brand: String
  /// What it can do.
  public let features: CPUFeatures
  /// The highest basic leaf of CPUID.
  public let highestLeaf: UInt32
  /// The highest extended leaf; 0 where there are none.
  public let highestExtendedLeaf: UInt32
  /// Leaf 2: cache and TLB descriptors in EAX, EBX, ECX, EDX.
  let cacheDescriptors: [UInt32]
  /// Leaf 4: the caches that it enumerates.
  let caches: [CPUCache]

  /// Physical address bits.
  public var physicalBits: UInt32 { 40 }

  /// EAX of CPUID leaf 1, and EDX after a reset.
  public var signature: UInt32 {
    stepping | (model & 15) << 4 | min(family, 15) << 8 | (model >> 4) << 16
      | (family > 15 ? family - 15 : 0) << 20
  }

  /// What the decoder takes for an instruction.
  public var instructionSet: InstructionSet {
    let sets: [(CPUFeatures, InstructionSet)] = [
      (.cx8, .cx8), (.cmov, .cmov), (.mmx, .mmx), (.fxsr, .fxsr), (.sse, .sse), (.sse2, .sse2), (.sse3, .sse3),
      (.ssse3, .ssse3), (.sse41, .sse41), (.sse42, .sse42), (.popcnt, .popcnt), (.lzcnt, .lzcnt), (.bmi1, .bmi1),
      (.bmi2, .bmi2), (.movbe, .movbe), (.adx, .adx), (.rdtscp, .rdtscp), (.aes, .aes), (.pclmulqdq, .pclmul),
      (.sep, .sysenter), (.clflush, .clflush), (.monitor, .monitor),
    ]
    return sets.reduce(into: []) { if features.contains($1.0) { $0.insert($1.1) } }
  }

  /// The model of that name.
  public static func named(_ name: String) -> CPUModel? { all.first { $0.name == name } }

  /// Every model, the default first.
  public static let all = [max, core2, pentium3]

  private static let common: CPUFeatures = [
    .fpu, .vme, .de, .pse, .tsc, .msr, .pae, .mce, .cx8, .apic, .sep, .mtrr, .pge, .mca, .cmov, .pat, .pse36, .mmx,
    .fxsr, .sse,
  ]

  /// Intel's Coppermine.
  public static let pentium3 = CPUModel(
    name: "pentium3", family: 6, model: 8, stepping: 6, brand: "", features: common, highestLeaf: 2,
    highestExtendedLeaf: 0, cacheDescriptors: [0x0302_0101, 0, 0, 0x0c04_0882], caches: [])

  /// Intel's Merom, without its long mode.
  public static let core2 = CPUModel(
    name: "core2", family: 6, model: 15, stepping: 11, brand: "Intel(R) Core(TM)2 Duo CPU (Ferry)",
    features: common.union([.clflush, .sse2, .sse3, .ssse3, .monitor, .nx, .lahf]), highestLeaf: 10,
    highestExtendedLeaf: 0x8000_0008, cacheDescriptors: [0x05b0_b101, 0x0056_57f0, 0, 0x2cb4_307d],
    caches: [
      CPUCache(kind: .data, level: 1, ways: 8, sets: 64), CPUCache(kind: .instruction, level: 1, ways: 8, sets: 64),
      CPUCache(kind: .unified, level: 2, ways: 8, sets: 4096),
    ])

  /// All that Ferry emulates but MONITOR: kernels that have it idle in MWAIT, and HLT costs the host less. The
  /// model number is one that no Intel CPU has, so that no erratum is worked around.
  public static let max = CPUModel(
    name: "max", family: 6, model: 0x11, stepping: 1, brand: "Ferry x86 CPU",
    features: common.union([
      .clflush, .sse2, .sse3, .ssse3, .sse41, .sse42, .x2apic, .movbe, .popcnt, .tscDeadline, .hypervisor, .aes,
      .pclmulqdq, .bmi1, .bmi2, .adx, .erms, .tscAdjust, .archCapabilities, .speculationControl, .nx, .rdtscp,
      .lahf, .lzcnt, .prefetchw, .invariantTSC,
    ]), highestLeaf: 0x16, highestExtendedLeaf: 0x8000_0008, cacheDescriptors: [0x00fe_ff01, 0xf0, 0, 0],
    caches: [
      CPUCache(kind: .data, level: 1, ways: 8, sets: 64), CPUCache(kind: .instruction, level: 1, ways: 8, sets: 64),
      CPUCache(kind: .unified, level: 2, ways: 16, sets: 1024),
    ])
}
