/// Bytes and numbers as the protocol writes them.
enum QTestText {
  private static let digits = Array("0123456789abcdef".utf8)
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// A number in hexadecimal, at least `digits` long.
  static func number(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// Two digits for each byte.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
      for (index, byte) in bytes.enumerated() {
        text.initializeElement(at: 2 * index, to: digits[Int(byte >> 4)])
        text.initializeElement(at: 2 * index + 1, to: digits[Int(byte & 15)])
      }
      return 2 * bytes.count
    }
  }

  /// RFC 4648's base64, with padding.
  static func base64(_ bytes: [UInt8]) -> String {
    let size = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: size) { text in
      for group in 0..<size / 4 {
        let first = 3 * group
        let count = min(3, bytes.count - first)
        var word: UInt32 = 0
        for index in 0..<count { word |= UInt32(bytes[first + index]) << UInt32(16 - 8 * index) }
        for index in 0..<4 {
          let digit = index <= count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "=")
          text.initializeElement(at: 4 * group + index, to: digit)
        }
      }
      return size
    }
  }

  /// What base64 stands for; nil when it is none. Padding may be missing.
  static func bytes(base64 text: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3 + 3)
    var word: UInt32 = 0
    var count = 0
    var rest = text
    while rest.last == UInt8(ascii: "="), text.count - rest.count < 2 { rest.removeLast() }
    guard rest.count == text.count || text.count % 4 == 0 else { return nil }
    for character in rest {
      guard let value = values[Int(character)] else { return nil }
      word = word << 6 | UInt32(value)
      count += 1
      guard count == 4 else { continue }
      bytes += [UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8), UInt8(word & 0xff)]
      word = 0
      count = 0
    }
    switch count {
    case 2: bytes.append(UInt8(truncatingIfNeeded: word >> 4))
    case 3: bytes += [UInt8(truncatingIfNeeded: word >> 10), UInt8(truncatingIfNeeded: word >> 2)]
    case 1: return nil
    default: break
    }
    return bytes
  }

  private static let values: [UInt8?] = {
    var values = [UInt8?](repeating: nil, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
