/// Memory type range registers (SDM 3A 12.11). They are kept as written: Ferry's memory has no caches.
extension CPU {
  private enum Range {
    static let variable: ClosedRange<UInt32> = 0x200...0x20f
    static let fixed: [UInt32] = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f]
  }

  private var hasMTRR: Bool { owner.cpuModel.features.contains(.mtrr) }

  /// Uncacheable, write combining, write through, write protected, write back.
  private func isMemoryType(_ type: UInt64) -> Bool { type < 8 && 0x73 >> type & 1 != 0 }

  /// Reads a range register; nil where there is none.
  func memoryType(_ number: UInt32) -> UInt64? {
    guard hasMTRR else { return nil }
    switch number {
    // Eight variable ranges, the fixed ones, write combining.
    case ModelSpecific.mtrrCapabilities: return 0x508
    case ModelSpecific.mtrrDefaultType: return core.pointee.state.msr.mtrrDefaultType
    case Range.variable: return core.pointee.state.msr.mtrrVariable[Int(number - Range.variable.lowerBound)]
    default:
      guard let index = Range.fixed.firstIndex(of: number) else { return nil }
      return core.pointee.state.msr.mtrrFixed[index]
    }
  }

  /// Writes a range register; false where there is none or the value has reserved bits or types.
  func setMemoryType(_ number: UInt32, _ value: UInt64) -> Bool {
    guard hasMTRR else { return false }
    let address = ((1 << Self.physicalBits) - 1) & ~0xfff as UInt64
    switch number {
    case ModelSpecific.mtrrDefaultType:
      guard value & ~0xcff == 0, isMemoryType(value & 0xff) else { return false }
      core.pointee.state.msr.mtrrDefaultType = value
    case Range.variable:
      let isMask = number & 1 != 0
      guard value & ~(address | (isMask ? 0x800 : 0xff)) == 0, isMask || isMemoryType(value & 0xff) else {
        return false
      }
      core.pointee.state.msr.mtrrVariable[Int(number - Range.variable.lowerBound)] = value
    default:
      guard let index = Range.fixed.firstIndex(of: number),
        (0..<8).allSatisfy({ isMemoryType(value >> UInt64($0 * 8) & 0xff) })
      else { return false }
      core.pointee.state.msr.mtrrFixed[index] = value
    }
    return true
  }
}
