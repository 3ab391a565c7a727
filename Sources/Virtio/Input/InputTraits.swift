/// What an input device says of itself (Virtual I/O Device 1.2, 5.8.4).
struct InputTraits: Sendable {
  /// For people.
  let name: String
  /// The product's number.
  let product: UInt16
  /// The codes that it has, by kind of event; a kind without codes is one that it does all the same.
  let codes: [UInt16: [UInt16]]
  /// The largest value of its absolute axes, from 0 on.
  var axisLimit: UInt32 = 0

  /// The selections.
  private enum Selection {
    static let name: UInt8 = 1
    static let serial: UInt8 = 2
    static let identity: UInt8 = 3
    static let codes: UInt8 = 0x11
    static let axis: UInt8 = 0x12
  }

  /// What the configuration space shows for a selection; empty for what there is not.
  func information(_ select: UInt8, _ subselect: UInt8) -> [UInt8] {
    switch select {
    case Selection.name where subselect == 0: return Array(name.utf8)
    case Selection.identity where subselect == 0:
      // BUS_VIRTUAL, vendor, product and version.
      return [0x06, 0, 0x27, 0x06, UInt8(truncatingIfNeeded: product), UInt8(product >> 8), 1, 0]
    case Selection.codes:
      guard let codes = codes[UInt16(subselect)] else { return [] }
      var bits = [UInt8](repeating: 0, count: Int(codes.max() ?? 0) / 8 + 1)
      for code in codes { bits[Int(code) / 8] |= 1 << UInt8(code % 8) }
      return bits
    case Selection.axis:
      guard axisLimit > 0, codes[InputEvent.Kind.absolute.rawValue]?.contains(UInt16(subselect)) == true else {
        return []
      }
      // Least, most, noise, dead zone, resolution.
      return [0, axisLimit, 0, 0, 0].flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
      }
    default: return []
    }
  }
}
