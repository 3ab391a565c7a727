/// Reads a packet from front to back.
struct GDBScanner {
  /// What has not been read.
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// What has not been read, as text.
  var text: String { String(decoding: rest, as: UTF8.self) }

  /// Reads one byte.
  mutating func letter() -> UInt8? { rest.popFirst() }

  /// Reads `word` if it stands here.
  mutating func take(_ word: String) -> Bool {
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  /// Reads a hexadecimal number of at most 64 bits; nil when there is none.
  mutating func number() -> UInt64? {
    var value: UInt64 = 0
    var count = 0
    while let byte = rest.first, let digit = GDBText.digit(byte) {
      guard value >> 60 == 0 else { return nil }
      value = value << 4 | UInt64(digit)
      count += 1
      rest.removeFirst()
    }
    return count > 0 ? value : nil
  }

  /// Reads two numbers with `separator` between them.
  mutating func pair(_ separator: String = ",") -> (UInt64, UInt64)? {
    guard let first = number(), take(separator), let second = number() else { return nil }
    return (first, second)
  }

  /// Reads up to `mark`, and over it; all of the rest where there is none.
  mutating func part(until mark: Character) -> ArraySlice<UInt8> {
    let end = rest.firstIndex { $0 == mark.asciiValue } ?? rest.endIndex
    let part = rest[..<end]
    rest = rest[end...].dropFirst()
    return part
  }

  /// Reads a thread as `N` or `pP.N`; -1 stands for all, 0 for any. The process counts for nothing: there is one.
  mutating func thread() -> Int? {
    if take("p") {
      if take("-1") { return -1 }
      guard number() != nil else { return nil }
      guard take(".") else { return -1 }
    }
    if take("-1") { return -1 }
    return number().flatMap { Int(exactly: $0) }
  }
}
