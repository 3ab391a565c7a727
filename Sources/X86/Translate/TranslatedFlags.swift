/// The arithmetic flags as translated code keeps them in a register between instructions: what LAHF and SETO give.
///
/// Bits 8 to 15 are the lower byte of RFLAGS, bits 0 to 7 are OF, 0 or 1. Other bits mean nothing.
struct TranslatedFlags: BitwiseCopyable {
  var bits: UInt32 = 0x200
}

extension CPU {
  /// Takes the flags that translated code has left.
  @inline(__always)
  func takeTranslatedFlags() {
    let bits = core.pointee.translatedFlags.bits
    let isZero = bits & 0x4000 != 0
    core.pointee.flagResult = isZero ? 0 : 0x100
    // As `setArithmeticFlags` has them: CF, CF ^ OF, AF, the change of PF, SF.
    let carry = bits &>> 8 & 1
    core.pointee.flagCarries =
      carry &<< 31 | ((carry ^ bits) & 1) &<< 30 | bits &>> 9 & 8 | (~bits &>> 2) & 0x100 | bits &>> 15 & 1
  }

  /// Gives the flags to translated code.
  @inline(__always)
  func giveTranslatedFlags() {
    let flags = UInt32(truncatingIfNeeded: rflags)
    core.pointee.translatedFlags.bits = (flags & 0xff) &<< 8 | flags &>> 11 & 1
  }
}
