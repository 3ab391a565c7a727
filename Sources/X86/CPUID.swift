/// CPUID (SDM 2A).
extension CPU {
  /// What CPUID gives: EAX, EBX, ECX, EDX.
  struct Identification: Equatable {
    var eax: UInt32 = 0
    var ebx: UInt32 = 0
    var ecx: UInt32 = 0
    var edx: UInt32 = 0
  }

  func cpuid() {
    let answer = identification(register(UInt32.self, Self.rax), register(UInt32.self, Self.rcx))
    setRegister(Self.rax, answer.eax)
    setRegister(Self.rbx, answer.ebx)
    setRegister(Self.rcx, answer.ecx)
    setRegister(Self.rdx, answer.edx)
  }

  /// A feature and the bit that tells it.
  private typealias Row = (CPUFeatures, UInt32)

  private static let leaf1D: [Row] = [
    (.fpu, 0), (.vme, 1), (.de, 2), (.pse, 3), (.tsc, 4), (.msr, 5), (.pae, 6), (.mce, 7), (.cx8, 8), (.apic, 9),
    (.sep, 11), (.mtrr, 12), (.pge, 13), (.mca, 14), (.cmov, 15), (.pat, 16), (.pse36, 17), (.clflush, 19),
    (.mmx, 23), (.fxsr, 24), (.sse, 25), (.sse2, 26),
  ]
  private static let leaf1C: [Row] = [
    (.sse3, 0), (.pclmulqdq, 1), (.monitor, 3), (.ssse3, 9), (.cx16, 13), (.sse41, 19), (.sse42, 20), (.x2apic, 21),
    (.movbe, 22), (.popcnt, 23), (.tscDeadline, 24), (.aes, 25), (.hypervisor, 31),
  ]
  private static let leaf7B: [Row] = [(.tscAdjust, 1), (.bmi1, 3), (.bmi2, 8), (.erms, 9), (.adx, 19)]
  private static let leaf7D: [Row] = [(.speculationControl, 26), (.archCapabilities, 29)]
  private static let extended1C: [Row] = [(.lahf, 0), (.lzcnt, 5), (.prefetchw, 8)]
  private static let extended1D: [Row] = [(.nx, 20), (.rdtscp, 27), (.longMode, 29)]
  private static let extended7D: [Row] = [(.invariantTSC, 8)]

  private func bits(_ rows: [Row], _ features: CPUFeatures) -> UInt32 {
    rows.reduce(0) { $0 | (features.contains($1.0) ? 1 << $1.1 : 0) }
  }

  /// The model's features less what the machine or the guest has switched off.
  private var presentFeatures: CPUFeatures {
    var features = owner.cpuModel.features
    let base = owner.interrupts?.readMSR(ModelSpecific.apicBase) ?? 0
    if base & 0x800 == 0 { features.subtract([.apic, .x2apic, .tscDeadline]) }
    if owner.interrupts?.readMSR(ModelSpecific.tscDeadline) == nil { features.remove(.tscDeadline) }
    if core.pointee.state.msr.miscEnable >> 34 & 1 != 0 { features.remove(.nx) }
    return features
  }

  /// What CPUID gives for a leaf and subleaf. Beyond the highest leaf the answer is the highest basic one's.
  func identification(_ leaf: UInt32, _ subleaf: UInt32) -> Identification {
    let model = owner.cpuModel
    // "Limit CPUID maxval" of IA32_MISC_ENABLE, for systems that know no higher leaf.
    let isLimited = core.pointee.state.msr.miscEnable >> 22 & 1 != 0
    let highest = isLimited ? min(model.highestLeaf, 3) : model.highestLeaf
    switch leaf {
    case 0x4000_0000 where model.features.contains(.hypervisor):
      return Identification(eax: 0x4000_0000, ebx: word("Ferr"), ecx: word("yFer"), edx: word("ryFe"))
    case 0x4000_0001...0x4000_00ff where model.features.contains(.hypervisor): return Identification()
    case 0x8000_0000...0x8fff_ffff where leaf <= model.highestExtendedLeaf: return extendedIdentification(leaf)
    case 0...highest: return basicIdentification(leaf, subleaf, highest)
    default: return basicIdentification(highest, subleaf, highest)
    }
  }

  private func word(_ text: String) -> UInt32 {
    text.utf8.prefix(4).enumerated().reduce(0) { $0 | UInt32($1.element) << UInt32($1.offset * 8) }
  }

  private func basicIdentification(_ leaf: UInt32, _ subleaf: UInt32, _ highest: UInt32) -> Identification {
    let model = owner.cpuModel
    let features = presentFeatures
    let id = UInt32(truncatingIfNeeded: owner.index)
    switch leaf {
    case 0: return Identification(eax: highest, ebx: word("Genu"), ecx: word("ntel"), edx: word("ineI"))
    case 1:
      // Each CPU is a package of its own: one logical processor in each.
      let lines: UInt32 = features.contains(.clflush) ? 8 << 8 : 0
      return Identification(
        eax: model.signature, ebx: id << 24 | 1 << 16 | lines, ecx: bits(Self.leaf1C, features),
        edx: bits(Self.leaf1D, features))
    case 2:
      let words = model.cacheDescriptors
      return Identification(eax: words[0], ebx: words[1], ecx: words[2], edx: words[3])
    case 4:
      guard let cache = model.caches.dropFirst(Int(min(subleaf, 16))).first else { return Identification() }
      return Identification(
        eax: cache.kind.rawValue | cache.level << 5 | 1 << 8, ebx: (cache.ways - 1) << 22 | 63, ecx: cache.sets - 1)
    case 5: return features.contains(.monitor) ? Identification(eax: 64, ebx: 64) : Identification()
    // The APIC's timer runs in every power state.
    case 6: return Identification(eax: features.contains(.invariantTSC) ? 4 : 0)
    case 7 where subleaf == 0:
      return Identification(ebx: bits(Self.leaf7B, features), edx: bits(Self.leaf7D, features))
    case 0xb:
      switch subleaf {
      case 0: return Identification(ebx: 1, ecx: 1 << 8, edx: id)
      case 1: return Identification(ebx: 1, ecx: 2 << 8 | 1, edx: id)
      default: return Identification(ecx: subleaf & 0xff, edx: id)
      }
    // The time stamp counts a 1 GHz crystal once a tick; the APIC's timer has the same input.
    case 0x15: return Identification(eax: 1, ebx: 1, ecx: 1_000_000_000)
    case 0x16: return Identification(eax: 1000, ebx: 1000, ecx: 100)
    default: return Identification()
    }
  }

  private func extendedIdentification(_ leaf: UInt32) -> Identification {
    let model = owner.cpuModel
    let features = presentFeatures
    switch leaf {
    case 0x8000_0000: return Identification(eax: model.highestExtendedLeaf)
    case 0x8000_0001:
      return Identification(ecx: bits(Self.extended1C, features), edx: bits(Self.extended1D, features))
    case 0x8000_0002...0x8000_0004:
      let start = Int(leaf - 0x8000_0002) * 16
      let text = Array(model.brand.utf8.prefix(47)) + Array(repeating: 0, count: 48)
      let words = (0..<4).map { n in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(text[start + n * 4 + $1]) << UInt32($1 * 8) }
      }
      return Identification(eax: words[0], ebx: words[1], ecx: words[2], edx: words[3])
    // 1 MiB of second-level cache, 16 ways, 64-byte lines.
    case 0x8000_0006: return Identification(ecx: 1024 << 16 | 8 << 12 | 64)
    case 0x8000_0007: return Identification(edx: bits(Self.extended7D, features))
    case 0x8000_0008: return Identification(eax: 32 << 8 | model.physicalBits)
    default: return Identification()
    }
  }
}
