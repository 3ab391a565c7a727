import Glibc

/// An address of the Internet Protocol, version 4.
public struct IPv4Address: Equatable, Sendable, CustomStringConvertible {
  /// The first byte highest.
  public var number: UInt32

  /// The address with that number.
  public init(_ number: UInt32) { self.number = number }

  /// `text` as four decimal bytes between dots; nil when it is something else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    number = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let byte = UInt8(part)
      else { return nil }
      number = number << 8 | UInt32(byte)
    }
  }

  public var description: String { (0..<4).map { "\(number >> UInt32(24 - $0 * 8) & 0xff)" }.joined(separator: ".") }

  /// As C has it.
  var inAddress: in_addr { in_addr(s_addr: number.bigEndian) }
}
