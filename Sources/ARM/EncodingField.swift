/// Where in an encoding one letter's bits are.
struct EncodingField: Sendable {
  /// Its character in the pattern.
  let letter: UInt8
  let mask: UInt32
  let width: Int
  private let shift: UInt32
  private let isContiguous: Bool

  init(letter: UInt8, mask: UInt32) {
    self.letter = letter
    self.mask = mask
    width = mask.nonzeroBitCount
    shift = UInt32(mask.trailingZeroBitCount)
    isContiguous = mask >> shift & (mask >> shift &+ 1) == 0
  }

  /// The field's value in `bits`: its bits, put together.
  func value(_ bits: UInt32) -> UInt32 {
    if isContiguous { return (bits & mask) >> shift }
    var result: UInt32 = 0
    var left = mask
    var position: UInt32 = 0
    while left != 0 {
      let bit = left & (0 &- left)
      if bits & bit != 0 { result |= 1 << position }
      position += 1
      left &= left &- 1
    }
    return result
  }

  /// The bits that say `value` here: what `value(_:)` takes apart.
  func bits(_ value: UInt32) -> UInt32 {
    var result: UInt32 = 0
    var left = mask
    var value = value
    while left != 0 {
      let bit = left & (0 &- left)
      if value & 1 != 0 { result |= bit }
      value >>= 1
      left &= left &- 1
    }
    return result
  }
}
