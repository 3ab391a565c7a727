/// Numbers and bytes as the remote protocol writes them.
enum GDBText {
  /// The value of a hexadecimal digit.
  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Two digits a byte.
  static func hex(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.underestimatedCount * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }

  /// A number without leading zeros.
  static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

  /// What two digits a byte say; nil when that is not what `text` is.
  static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var high: UInt8?
    for byte in text {
      guard let digit = digit(byte) else { return nil }
      if let half = high {
        bytes.append(half << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  /// Binary data: the marks of packets, of escapes and of repetition are escaped.
  static func escaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.underestimatedCount)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "}"), UInt8(ascii: "*"):
        text.append(UInt8(ascii: "}"))
        text.append(byte ^ 0x20)
      default: text.append(byte)
      }
    }
    return text
  }

  /// A whole packet around `data`.
  static func packet(_ data: [UInt8]) -> [UInt8] {
    var sum: UInt8 = 0
    for byte in data { sum &+= byte }
    return [UInt8(ascii: "$")] + data + [UInt8(ascii: "#")] + hex([sum])
  }
}
