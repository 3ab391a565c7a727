import Engine

/// What FNSAVE writes and FRSTOR reads in 32-bit protected mode (SDM 1 figure 8-9): 28 bytes of environment, then ST(0)
/// to ST(7) with 10 bytes each.
struct HostX87Image: BitwiseCopyable {
  var words = InlineArray<28, UInt32>(repeating: 0)
}

/// The guest's x87 registers in the host's.
///
/// While they are, host code executes the guest's instructions as they are. All exceptions are masked then, so that
/// what the host makes of them is what the guest gets. Nothing else in this process uses the x87, so that they stay
/// there while the interpreter is called for other instructions.
extension CPU {
  /// Fills the image that FRSTOR is to read; 0 when the guest's registers may be in the host's.
  static let giveX87: @convention(c) (UnsafeMutableRawPointer) -> Int32 = { raw in
    let core = CPU(raw).core
    let control = core.pointee.state.fpu.control
    let status = core.pointee.state.fpu.status
    guard core.pointee.state.cr0 & 0xc == 0, control & 0x3f == 0x3f, status & X87Status.summary == 0 else { return 1 }
    let empty = core.pointee.state.fpu.empty
    var tags: UInt32 = 0
    for register in 0..<8 where empty >> UInt8(register) & 1 != 0 { tags |= 3 << UInt32(register * 2) }
    withUnsafeMutableBytes(of: &core.pointee.x87Image.words) { image in
      image.storeBytes(of: UInt32(control), as: UInt32.self)
      image.storeBytes(of: UInt32(status), toByteOffset: 4, as: UInt32.self)
      image.storeBytes(of: tags, toByteOffset: 8, as: UInt32.self)
      let top = Int(status >> 11) & 7
      for i in 0..<8 {
        let place = 28 + 10 * i
        image.storeBytes(
          of: core.pointee.state.fpu.significand[(top + i) & 7], toByteOffset: place, as: UInt64.self)
        image.storeBytes(
          of: core.pointee.state.fpu.exponent[(top + i) & 7], toByteOffset: place + 8, as: UInt16.self)
      }
    }
    return 0
  }

  /// Before somebody looks at the state, or sets it, from within an instruction of translated code, which then is left
  /// behind that.
  func takeBackX87() {
    guard core.pointee.isX87Live else { return }
    takeX87()
    core.pointee.isStopped = true
  }

  /// The registers are the guest's own state again.
  func takeX87() {
    core.pointee.isX87Live = false
    core.pointee.saveX87.unsafelyUnwrapped(UnsafeMutableRawPointer(core))
    withUnsafeBytes(of: core.pointee.x87Image.words) { image in
      let status = image.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
      let tags = image.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
      core.pointee.state.fpu.status = status
      var empty: UInt8 = 0
      for register in 0..<8 where tags >> UInt16(register * 2) & 3 == 3 { empty |= 1 << UInt8(register) }
      core.pointee.state.fpu.empty = empty
      let top = Int(status >> 11) & 7
      for i in 0..<8 {
        let place = 28 + 10 * i
        core.pointee.state.fpu.significand[(top + i) & 7] = image.loadUnaligned(
          fromByteOffset: place, as: UInt64.self)
        core.pointee.state.fpu.exponent[(top + i) & 7] = image.loadUnaligned(
          fromByteOffset: place + 8, as: UInt16.self)
      }
    }
  }
}
