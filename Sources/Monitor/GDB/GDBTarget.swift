import Engine

/// What GDB is told about the CPUs of a machine, which are all of a kind: their registers, by number, and the
/// documents that describe them.
struct GDBTarget {
  private let architecture: String
  private let features: [GDBFeature]
  /// In the order of their numbers, which is the order of a `g` packet.
  let registers: [GDBRegister]
  private let byNumber: [Int: GDBRegister]

  /// The description of CPUs like `cpu`.
  init(_ cpu: any ProcessorDebug) {
    architecture = cpu.architecture
    let own = cpu.debugRegisters
    let names = Set(own.map(\.name))
    // A CPU without a coprocessor has none of its registers; the first feature is what GDB insists on.
    let standard = GDBFeature.standard(architecture).enumerated().filter { index, feature in
      index == 0 || feature.registers.contains { $0.sources.contains { names.contains($0) } }
    }.map(\.element)
    let known = Set(standard.flatMap(\.registers).flatMap { $0.sources + [$0.name] })
    let others = own.filter { !known.contains($0.name) }
    features = standard + (others.isEmpty ? [] : [GDBFeature.system(architecture, others)])
    var next = 0
    var byNumber: [Int: GDBRegister] = [:]
    for register in features.flatMap(\.registers) {
      let number = register.number ?? next
      byNumber[number] = register
      next = number + 1
    }
    self.byNumber = byNumber
    registers = byNumber.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The last address that its program counter can name.
  var lastAddress: UInt64 {
    let bits = registers.first(where: \.isProgramCounter)?.bits ?? 64
    return bits >= 64 ? .max : (1 << UInt64(bits)) - 1
  }

  /// The register of that number.
  func register(_ number: UInt64) -> GDBRegister? { Int(exactly: number).flatMap { byNumber[$0] } }

  /// The document of that name, `target.xml` being the first.
  func document(_ name: String) -> String? {
    guard name == "target.xml" else { return features.first { $0.file == name }?.xml }
    return "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
      + "  <architecture>\(architecture)</architecture>\n"
      + features.map { "  <xi:include href=\"\($0.file)\"/>\n" }.joined() + "</target>\n"
  }

  /// Every register of `cpu` in hexadecimal, one after the other.
  func all(of cpu: any ProcessorDebug) -> [UInt8] {
    let values = Values(cpu)
    return registers.flatMap { text($0, values) }
  }

  /// One register of `cpu` in hexadecimal, `x` in place of each digit when the CPU does not have it.
  func text(_ register: GDBRegister, of cpu: any ProcessorDebug) -> [UInt8] { text(register, Values(cpu)) }

  private func text(_ register: GDBRegister, _ values: Values) -> [UInt8] {
    guard let value = values.value(of: register) else {
      return [UInt8](repeating: UInt8(ascii: "x"), count: register.bits / 4)
    }
    return GDBText.hex((0..<register.bits / 8).map { UInt8(truncatingIfNeeded: value >> UInt128($0 * 8)) })
  }

  /// Takes `bytes`, lowest first, for `register`.
  ///
  /// - Returns: whether the CPU has it and took the value.
  func set(_ register: GDBRegister, to bytes: some Sequence<UInt8>, of cpu: any ProcessorDebug) -> Bool {
    var value: UInt128 = 0
    for (index, byte) in bytes.enumerated() {
      guard index < register.bits / 8 else { return false }
      value |= UInt128(byte) << UInt128(index * 8)
    }
    let values = Values(cpu)
    guard let present = values.value(of: register) else { return false }
    // GDB writes back what it has read; that should not be more than nothing.
    if present == value { return true }
    if register.isProgramCounter { value = (value &- values.codeBase) & Self.mask(register.bits) }
    for name in register.sources {
      guard let source = values.named[name] else { return false }
      let bits = register.sources.count == 1 ? register.bits : source.bits
      if source.value != value & Self.mask(bits), !cpu.setDebugRegister(name, value & Self.mask(bits)) { return false }
      value = bits >= 128 ? 0 : value >> UInt128(bits)
    }
    return true
  }

  private static func mask(_ bits: Int) -> UInt128 { bits >= 128 ? .max : (1 << UInt128(bits)) - 1 }

  /// The registers of a CPU as they are.
  private struct Values {
    let named: [String: DebugRegister]
    private let programCounter: UInt64

    init(_ cpu: any ProcessorDebug) {
      named = Dictionary(cpu.debugRegisters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      programCounter = cpu.programCounter
    }

    /// What the register that holds the program counter is short of the address it stands for.
    var codeBase: UInt128 { baseOf.map { UInt128(programCounter) &- $0.value } ?? 0 }

    private var baseOf: DebugRegister? { named["eip"] ?? named["pc"] }

    func value(of register: GDBRegister) -> UInt128? {
      if register.isProgramCounter { return UInt128(programCounter) & GDBTarget.mask(register.bits) }
      var value: UInt128 = 0
      var at = 0
      for name in register.sources {
        guard let source = named[name], at < 128 else { return nil }
        value |= (source.value & GDBTarget.mask(source.bits)) << UInt128(at)
        at += source.bits
      }
      return value & GDBTarget.mask(register.bits)
    }
  }
}
