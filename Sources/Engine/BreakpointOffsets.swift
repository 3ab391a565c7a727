/// Where in their pages there are breakpoints: the decoder knows only this of them, since one page of code can lie at
/// several addresses, and each CPU has breakpoints of its own.
@usableFromInline struct BreakpointOffsets {
  /// A bit for each offset.
  @usableFromInline let bits: UnsafeMutablePointer<UInt64>
  @usableFromInline private(set) var isEmpty = true
  @usableFromInline private(set) var isChanged = false
  /// So many updates are waited for before offsets without breakpoints are given up: debuggers take all off and put
  /// them on again at every stop.
  private var patience = 0

  private static var words: Int { 4096 / 64 }

  init() {
    bits = .allocate(capacity: Self.words)
    bits.initialize(repeating: 0, count: Self.words)
  }

  func deallocate() { bits.deallocate() }

  @inlinable func contains(_ address: UInt64) -> Bool {
    !isEmpty && bits[Int(truncatingIfNeeded: address &>> 6 & 63)] &>> (address & 63) & 1 != 0
  }

  mutating func change() {
    isChanged = true
    patience = 64
  }

  /// Takes the offsets of all addresses in `sets`; true when code that was decoded without them, or with more, has to
  /// go.
  mutating func update(_ sets: [Set<UInt64>]) -> Bool {
    var wanted = [UInt64](repeating: 0, count: Self.words)
    for set in sets { for address in set { wanted[Int(address >> 6 & 63)] |= 1 << (address & 63) } }
    let isCovered = wanted.indices.allSatisfy { wanted[$0] & ~bits[$0] == 0 }
    let isEqual = isCovered && wanted.indices.allSatisfy { wanted[$0] == bits[$0] }
    patience -= 1
    if isCovered, !isEqual, patience > 0 { return false }
    isChanged = false
    guard !isEqual else { return false }
    for (index, word) in wanted.enumerated() { bits[index] = word }
    isEmpty = wanted.allSatisfy { $0 == 0 }
    return true
  }
}
