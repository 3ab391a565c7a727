/// Sizes as people write them: `256M`, `0x1000`, `3G`.
public enum SizeText {
  /// Bytes; a number without a unit counts `unit` bytes. Units are powers of 1024, upper or lower case; nil when
  /// `text` is no size or does not fit.
  public static func parse(_ text: String, unit: UInt64 = 1) -> UInt64? {
    var digits = Substring(text)
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") { return UInt64(digits.dropFirst(2), radix: 16) }
    var scale = unit
    if let last = digits.last, let shift = ["b": 0, "k": 10, "m": 20, "g": 30, "t": 40][last.lowercased()] {
      scale = 1 << UInt64(shift)
      digits.removeLast()
    }
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else { return nil }
    if let whole = UInt64(digits) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: scale)
      return overflow ? nil : bytes
    }
    guard digits.contains("."), let value = Double(digits), value * Double(scale) < 0x1p63 else { return nil }
    return UInt64(value * Double(scale))
  }

  /// The size with the largest unit that leaves a whole number.
  public static func show(_ bytes: UInt64) -> String {
    for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] as [(UInt64, String)]
    where bytes >= 1 << shift && bytes & ((1 << shift) - 1) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes)"
  }
}
