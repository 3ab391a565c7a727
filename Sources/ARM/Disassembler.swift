/// Writes instructions as GNU objdump does, from the same table that the decoder uses.
public struct Disassembler: Sendable {
  private let decoder: Decoder
  private let isThumb: Bool

  /// Of 32-bit ARM code and of Thumb code, in the byte order little-endian.
  public static let arm = Disassembler(isThumb: false)
  public static let thumb = Disassembler(isThumb: true)

  private init(isThumb: Bool) {
    self.isThumb = isThumb
    decoder = isThumb ? .thumb : .arm
  }

  /// The instruction at the start of `bytes`.
  ///
  /// - Parameter address: where the first byte is; branch targets and literals are relative to it.
  /// - Returns: the text, and how many bytes it is for: 4, in Thumb code 2 but for the two halves of BL and BLX
  ///   together. A rest that is too short is `.byte`.
  public func disassemble(_ bytes: UnsafeBufferPointer<UInt8>, at address: UInt32) -> (text: String, length: Int) {
    let width = isThumb ? 2 : 4
    guard bytes.count >= width else {
      guard let byte = bytes.first else { return ("", 0) }
      return (".byte  0x" + Self.hex(UInt32(byte), digits: 2), 1)
    }
    let bits = Self.number(bytes, 0, width: width)
    if isThumb, bits >> 11 == 0b11110, bytes.count >= 4,
      let text = pair(bits, Self.number(bytes, 2, width: 2), at: address)
    {
      return (text, 4)
    }
    return (text(bits, at: address), width)
  }

  /// The same of an array.
  public func disassemble(_ bytes: [UInt8], at address: UInt32) -> (text: String, length: Int) {
    bytes.withUnsafeBufferPointer { disassemble($0, at: address) }
  }

  /// The text of one encoding.
  func text(_ bits: UInt32, at address: UInt32) -> String {
    guard let row = decoder.row(bits), !decoder.plans[row].encoding.format.isEmpty else {
      return "@ <UNDEFINED> instruction: 0x" + Self.hex(bits, digits: isThumb ? 4 : 8)
    }
    var printer = DisassemblyPrinter(plan: decoder.plans[row], bits: bits, address: address)
    return printer.text()
  }

  /// BL and BLX of Thumb are two instructions, which only together have a target.
  private func pair(_ first: UInt32, _ second: UInt32, at address: UInt32) -> String? {
    guard let row = decoder.row(second) else { return nil }
    let plan = decoder.plans[row]
    let prefix = decoder.decode(first, handler: CPU.endOfBlock)
    let link = address &+ 4 &+ prefix.immediate &+ plan.instruction(second, handler: CPU.endOfBlock).immediate
    switch plan.encoding.operation {
    case .linkBranch: return "bl     0x" + Self.hex(link, digits: 1)
    case .linkExchange: return "blx    0x" + Self.hex(link & ~3, digits: 1)
    default: return nil
    }
  }

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, width: Int) -> UInt32 {
    (0..<width).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32($1 * 8) }
  }

  static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
