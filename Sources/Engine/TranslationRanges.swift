/// Joins pages that follow each other, in addresses and in memory, with the same rights into lines for people.
public struct TranslationRanges {
  private var start: UInt64 = 0
  private var length: UInt64 = 0
  private var physical: UInt64 = 0
  private var rights = ""
  private let limit: Int
  private var lines: [String] = []

  /// At most `limit` lines.
  public init(limit: Int) { self.limit = limit }

  /// Adds the page of `size` bytes at `address`, above all so far; false when there are lines enough.
  public mutating func add(_ address: UInt64, size: UInt64, physical: UInt64, rights: String) -> Bool {
    if length > 0, address == start &+ length, physical == self.physical &+ length, rights == self.rights {
      length += size
      return true
    }
    flush()
    (start, length, self.physical, self.rights) = (address, size, physical, rights)
    return lines.count < limit
  }

  /// The lines: first and last address, the first's physical one, rights.
  public mutating func finish() -> [String] {
    flush()
    return Array(lines.prefix(max(0, limit)))
  }

  private mutating func flush() {
    guard length > 0 else { return }
    lines.append("\(hex(start))-\(hex(start &+ length &- 1)) -> \(hex(physical)) \(rights)")
    length = 0
  }

  private func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
