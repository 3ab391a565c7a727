import DeviceModel

/// The identification registers at the end of every PrimeCell's 4 KB: four bytes that name the part, then the four
/// that name the family, one a word from 0xfe0.
enum PrimeCell {
  /// What a read at `offset` gives for a part whose UARTPeriphID0-3, or the like, are the bytes of `part` from the
  /// least significant one up; nil below 0xfe0.
  @inlinable
  static func identification(_ part: UInt32, at offset: UInt64) -> UInt64? {
    guard offset >= 0xfe0, offset <= 0xfff else { return nil }
    let word = offset < 0xff0 ? part : 0xb105_f00d
    return UInt64(word &>> (UInt32(truncatingIfNeeded: offset & 0xc) &* 2)) & 0xff
  }

  /// The rows of these registers, called as `peripheral` and `cell` with a digit behind them.
  static func registers(_ part: UInt32, _ peripheral: String, _ cell: String) -> [RegisterRow] {
    (0..<8).map { index in
      let offset = 0xfe0 + UInt64(index) * 4
      return RegisterRow(
        (index < 4 ? peripheral : cell) + "\(index & 3)", at: offset, width: 4, .readOnly,
        reset: identification(part, at: offset))
    }
  }
}
