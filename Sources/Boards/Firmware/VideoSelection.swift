import PCDevices

/// What `vga=` on a Linux command line asks of the boot loader (Documentation/admin-guide/svga, "Mode Menu"; boot
/// protocol, field vid_mode).
enum VideoSelection: Equatable {
  /// Nothing is asked for, or text as it is.
  case text
  case mode(VBEMode)
  /// A number that names no mode that the card has.
  case unknown(UInt16)

  /// The last `vga=` counts, as the last of any option does.
  init(_ commandLine: String) {
    guard let number = Self.number(commandLine) else {
      self = .text
      return
    }
    switch number {
    // Normal, extended and ask; the mode that is set; VGA text modes and menu entries.
    case 0xfffd...0xffff, 0xf00...0xfff, 0..<0x100: self = .text
    // VESA modes are listed from 0x200 on. Bit 14 asks for the linear frame buffer, which is there always.
    case _ where (0x300..<0x400).contains(number & 0xbfff):
      self = VBEMode.mode(number & 0xbfff - 0x200).map { .mode($0) } ?? .unknown(number)
    default: self = .unknown(number)
    }
  }

  /// The value for vid_mode; nil without a `vga=` that is a number (in C's notation), `normal`, `ext` or `ask`.
  static func number(_ commandLine: String) -> UInt16? {
    let words = commandLine.split(separator: " ").filter { $0.hasPrefix("vga=") }
    guard let value = words.last?.dropFirst(4) else { return nil }
    switch value {
    case "normal": return 0xffff
    case "ext": return 0xfffe
    case "ask": return 0xfffd
    case _ where value.lowercased().hasPrefix("0x"): return UInt16(value.dropFirst(2), radix: 16)
    case _ where value.hasPrefix("0") && value.count > 1: return UInt16(value, radix: 8)
    default: return UInt16(value)
    }
  }
}
