import Engine

/// SWP and SWPB (DDI 0100 A3.13). A word's address rotates what is loaded as LDR's does; the store goes to the aligned
/// word.
extension CPU {
  static func bodySwap(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .swp: return { CPU.swap(UInt32.self, $0, $1) }
    case .swpb: return { CPU.swap(UInt8.self, $0, $1) }
    default: return nil
    }
  }

  @inline(__always)
  private static func swap<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    let cpu = CPU(core)
    let op = p.assumingMemoryBound(to: Instruction.self)
    // Where one may write one may read.
    guard let host = cpu.writable(W.self, cpu.register(op.pointee.rn)) else { return swapSlow(W.self, core, p) }
    let old = host.load(as: W.self)
    host.storeBytes(of: W(truncatingIfNeeded: cpu.register(op.pointee.rm)), as: W.self)
    cpu.setRegister(op.pointee.rd, UInt32(truncatingIfNeeded: old))
    return goOn(core, p)
  }

  @inline(never)
  private static func swapSlow<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _: W.Type, _ core: UnsafeMutableRawPointer, _ p: UnsafeRawPointer
  ) -> Int32 {
    straight(core, p) { cpu, op throws(Fault) in
      let address = cpu.register(op.pointee.rn)
      let width = W.bitWidth / 8
      let privileged = cpu.core.pointee.isPrivileged
      try cpu.probeStore(address, width: width)
      var old = try cpu.loadSlow(address, width: width, privileged: privileged)
      try cpu.storeSlow(
        UInt32(W(truncatingIfNeeded: cpu.register(op.pointee.rm))), address, width: width, privileged: privileged)
      if width == 4 { old = cpu.rotated(old, address) }
      cpu.setRegister(op.pointee.rd, old)
    }
  }
}
