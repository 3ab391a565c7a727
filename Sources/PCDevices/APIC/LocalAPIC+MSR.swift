import Bits

/// IA32_APIC_BASE (0x1b), IA32_TSC_DEADLINE (0x6e0) and the x2APIC registers (0x800-0x8ff): Intel SDM volume 3,
/// 11.4.4, 11.5.4.1 and 11.12.
extension LocalAPIC {
  /// Physical address bits that the base may have.
  private static let addressMask: UInt64 = 0xf_ffff_ffff_f000

  /// Reads one of the MSRs above; nil is a general protection fault.
  public func readMSR(_ index: UInt32) -> UInt64? {
    switch index {
    case 0x1b: return state.base
    case 0x6e0: return options.hasTSCDeadline ? (state.isDeadlineMode ? state.tscDeadline : 0) : nil
    case 0x830: return isX2 ? state.command : nil
    case 0x800...0x8ff:
      guard isX2 else { return nil }
      return read(Int(index - 0x800)).map(UInt64.init)
    default: return nil
    }
  }

  /// Writes one of the MSRs above; false is a general protection fault, and nothing has changed.
  public func writeMSR(_ index: UInt32, _ value: UInt64) -> Bool {
    switch index {
    case 0x1b: return writeBase(value)
    case 0x6e0:
      guard options.hasTSCDeadline else { return false }
      writeTSCDeadline(value)
      return true
    case 0x800...0x8ff:
      guard isX2 else { return false }
      return writeX2(Int(index - 0x800), value)
    default: return false
    }
  }

  private func writeBase(_ value: UInt64) -> Bool {
    let allowed = Self.addressMask | 0x900 | (options.hasX2APIC ? 0x400 : 0)
    guard value & ~allowed == 0 else { return false }
    let wasEnabled = isEnabled
    let wasX2 = isX2
    let enabled = value.bit(11)
    let x2 = value.bit(10)
    // Figure 11-27: off to x2APIC and x2APIC to xAPIC are not allowed, x2APIC without enable never.
    guard enabled || !x2, !(x2 && !wasEnabled), !(wasX2 && enabled && !x2) else { return false }
    state.base = value
    if wasEnabled && !enabled {
      state.id = UInt8(truncatingIfNeeded: state.initialID)
      resetRegisters()
    }
    if x2 && !wasX2 { state.command &= 0xffff_ffff }
    drive()
    cpu?.apicBaseChanged(enabled && !x2 ? value & Self.addressMask : nil)
    return true
  }

  private func writeX2(_ register: Int, _ value: UInt64) -> Bool {
    switch register {
    case 0x30:
      guard value & 0xfff3_3000 == 0 else { return false }
      state.command = value
      send()
      return true
    case 0x3f:
      guard value <= 0xff else { return false }
      let vector = UInt8(truncatingIfNeeded: value)
      if vector < 16 { report(.sendIllegalVector) } else if acceptsFixed { accept(vector, isLevel: false) }
      return true
    default:
      guard let writable = x2Writable(register), value & ~UInt64(writable) == 0 else { return false }
      return write(UInt32(truncatingIfNeeded: value), register)
    }
  }

  /// The bits that may be set in a write; nil where a write faults.
  private func x2Writable(_ register: Int) -> UInt32? {
    switch register {
    case 0x08: 0xff
    case 0x0b, 0x28: 0
    case 0x0f: 0x13ff
    // The read-only bits of an entry, delivery status and remote IRR, may be written back.
    case 0x32...0x37: Self.vectorTableMask(register - 0x32, tscDeadline: options.hasTSCDeadline) | 0x5000
    case 0x38: .max
    case 0x3e: 0xb
    default: nil
    }
  }
}
