import Engine

/// VFP's loads and stores (DDI 0100 C3.2, C5.4). Addresses are those of words; a double is two of them, its less
/// significant first, or last in big-endian order. Registers and the base change when all accesses have succeeded,
/// but a block load that faults in its midst has loaded what came before.
extension CPU {
  static func vfpMemory(_ operation: Operation) -> Handler? {
    switch operation {
    case .flds: loadSingle
    case .fldd: loadDoublePrecision
    case .fsts: storeSingle
    case .fstd: storeDoublePrecision
    case .fldms: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadBlock(op, isDouble: false) } }
    case .fldmd: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.loadBlock(op, isDouble: true) } }
    case .fstms: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.storeBlock(op, isDouble: false) } }
    case .fstmd: { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.storeBlock(op, isDouble: true) } }
    default: nil
    }
  }

  /// Base and offset.
  @inline(__always)
  private func offsetAddress(_ op: Op) -> UInt32 { register(op.pointee.rn) &+ op.pointee.immediate }

  /// Added to a double's first word: 1 where the more significant comes first.
  @inline(__always)
  private var firstWord: Int { core.pointee.state.cp15.control & Control.bigEndian != 0 ? 1 : 0 }

  private static let loadSingle: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      cpu.setSingle(op.pointee.rd, try cpu.load(UInt32.self, cpu.offsetAddress(op)))
    }
  }

  private static let storeSingle: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      try cpu.store(cpu.single(op.pointee.rd), cpu.offsetAddress(op))
    }
  }

  private static let loadDoublePrecision: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let address = cpu.offsetAddress(op)
      let first = try cpu.load(UInt32.self, address)
      let second = try cpu.load(UInt32.self, address &+ 4)
      let word = Int(op.pointee.rd) &<< 1 | cpu.firstWord
      cpu.core.pointee.state.vfp.s[word & 31] = first
      cpu.core.pointee.state.vfp.s[(word ^ 1) & 31] = second
    }
  }

  private static let storeDoublePrecision: Handler = { core, p in
    straight(core, p) { cpu, op throws(Fault) in
      try cpu.checkVFP()
      let address = cpu.offsetAddress(op)
      let word = Int(op.pointee.rd) &<< 1 | cpu.firstWord
      try cpu.store(cpu.core.pointee.state.vfp.s[word & 31], address)
      try cpu.store(cpu.core.pointee.state.vfp.s[(word ^ 1) & 31], address &+ 4)
    }
  }

  /// FLDM and FSTM: the first word in memory, that of the registers, how many, and the base afterwards.
  @inline(__always)
  private func block(
    _ op: Op, isDouble: Bool
  ) throws(Fault) -> (address: UInt32, word: Int, count: Int, base: UInt32) {
    try checkVFP()
    let word = isDouble ? Int(op.pointee.rd) &<< 1 : Int(op.pointee.rd)
    let count = isDouble ? Int(op.pointee.immediate) &<< 1 : Int(op.pointee.immediate)
    guard count > 0, word + count <= 32 else { throw undefined() }
    let size = UInt32(truncatingIfNeeded: count) &* 4 &+ (op.pointee.flags.contains(.long) ? 4 : 0)
    let base = register(op.pointee.rn)
    let isDown = op.pointee.flags.contains(.subtract)
    let end = isDown ? base &- size : base &+ size
    return (isDown ? end : base, word, count, end)
  }

  @inline(__always)
  private func loadBlock(_ op: Op, isDouble: Bool) throws(Fault) {
    let (address, word, count, base) = try block(op, isDouble: isDouble)
    let swap = isDouble ? firstWord : 0
    for index in 0..<count {
      core.pointee.state.vfp.s[((word &+ index) ^ swap) & 31] = try load(
        UInt32.self, address &+ UInt32(truncatingIfNeeded: index) &* 4)
    }
    if op.pointee.flags.contains(.writeback) { setRegister(op.pointee.rn, base) }
  }

  @inline(__always)
  private func storeBlock(_ op: Op, isDouble: Bool) throws(Fault) {
    let (address, word, count, base) = try block(op, isDouble: isDouble)
    let swap = isDouble ? firstWord : 0
    for index in 0..<count {
      try store(
        core.pointee.state.vfp.s[((word &+ index) ^ swap) & 31], address &+ UInt32(truncatingIfNeeded: index) &* 4)
    }
    if op.pointee.flags.contains(.writeback) { setRegister(op.pointee.rn, base) }
  }
}
