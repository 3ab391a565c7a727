/// Numbers that changed, told by their bits.
enum BitText {
  /// `0x41 -> 0x43: bits 1 on`, and small numbers plainly.
  static func change(_ before: UInt64, _ after: UInt64) -> String {
    guard max(before, after) > 9 else { return "\(before) -> \(after)" }
    var text = "0x\(String(before, radix: 16)) -> 0x\(String(after, radix: 16))"
    let on = after & ~before
    let off = before & ~after
    // With more of them nobody thinks of bits.
    guard (on | off).nonzeroBitCount <= 8 else { return text }
    if on != 0 { text += ", \(bits(on)) on" }
    if off != 0 { text += ", \(bits(off)) off" }
    return text
  }

  /// `bit 3`, `bits 0-2, 7`.
  static func bits(_ mask: UInt64) -> String {
    var runs: [String] = []
    var bit: UInt64 = 0
    while bit < 64 {
      guard mask >> bit & 1 != 0 else {
        bit += 1
        continue
      }
      let first = bit
      while bit < 63, mask >> (bit + 1) & 1 != 0 { bit += 1 }
      runs.append(first == bit ? "\(bit)" : "\(first)-\(bit)")
      bit += 1
    }
    return (mask.nonzeroBitCount == 1 ? "bit " : "bits ") + runs.joined(separator: ", ")
  }
}
