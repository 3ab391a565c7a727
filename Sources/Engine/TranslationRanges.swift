/// Joins pages that follow each other, in addresses and in memory, with the same rights.
public struct TranslationRanges {
  private let limit: Int
  private var ranges: [TranslationRange] = []

  /// At most `limit` ranges.
  public init(limit: Int) { self.limit = limit }

  /// Adds the page of `size` bytes at `address`, above all so far; false when there are ranges enough.
  public mutating func add(_ address: UInt64, size: UInt64, physical: UInt64, rights: String) -> Bool {
    if let last = ranges.last, address == last.first &+ last.size, physical == last.physical &+ last.size,
      rights == last.rights
    {
      ranges[ranges.count - 1] = TranslationRange(
        first: last.first, size: last.size &+ size, physical: last.physical, rights: rights)
      return true
    }
    guard ranges.count < limit else { return false }
    ranges.append(TranslationRange(first: address, size: size, physical: physical, rights: rights))
    return true
  }

  /// All of them, by address.
  public func finish() -> [TranslationRange] { ranges }
}
