/// A canonical board text taken apart. What is not of that form is refused before a reader of all of YAML, with its
/// anchors and tags, gets to see it.
struct BoardLines {
  /// The deepest nesting of a board.
  private static let depth = 6
  /// Values by their path, as `devices/serial0/at/registers`; a place without a value has an empty one.
  private(set) var values: [String: String] = [:]
  /// The paths in their order.
  private(set) var paths: [String] = []

  /// Nil when `text` is of another form.
  init?(_ text: String) {
    guard text.hasSuffix("\n"), text.utf8.count <= 1 << 20 else { return nil }
    var parents: [String] = []
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      var rest = Array(line.utf8)[...]
      let spaces = rest.prefix { $0 == UInt8(ascii: " ") }.count
      guard spaces % 2 == 0, spaces / 2 <= min(parents.count, Self.depth) else { return nil }
      rest = rest.dropFirst(spaces)
      parents.removeLast(parents.count - spaces / 2)
      guard let key = Self.word(&rest), rest.popFirst() == UInt8(ascii: ":") else { return nil }
      parents.append(key)
      let path = parents.joined(separator: "/")
      var value = ""
      if !rest.isEmpty {
        guard rest.popFirst() == UInt8(ascii: " "), let words = Self.value(&rest), rest.isEmpty else { return nil }
        value = words
      }
      guard values.updateValue(value, forKey: path) == nil else { return nil }
      paths.append(path)
    }
  }

  private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard rest.first == UInt8(ascii: "[") else { return word(&rest) }
    rest.removeFirst()
    var words: [String] = []
    while rest.first != UInt8(ascii: "]") {
      if !words.isEmpty {
        guard rest.popFirst() == UInt8(ascii: ","), rest.popFirst() == UInt8(ascii: " ") else { return nil }
      }
      guard let word = word(&rest) else { return nil }
      words.append(word)
    }
    rest.removeFirst()
    return words.joined(separator: ", ")
  }

  /// A plain word, or a quoted one as it is written.
  private static func word(_ rest: inout ArraySlice<UInt8>) -> String? {
    var word: ArraySlice<UInt8>
    if rest.first == UInt8(ascii: "\"") {
      var end = rest.startIndex + 1
      while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") { end += rest[end] == UInt8(ascii: "\\") ? 2 : 1 }
      guard end < rest.endIndex else { return nil }
      word = rest[...end]
    } else {
      word = rest.prefix(while: BoardText.isPlain)
    }
    guard !word.isEmpty else { return nil }
    rest = rest[word.endIndex...]
    return String(decoding: word, as: UTF8.self)
  }

  /// Where `other` differs, in words: what this has and what the other has.
  func differences(to other: BoardLines?) -> [(path: String, mine: String, theirs: String)] {
    var found: [(path: String, mine: String, theirs: String)] = []
    guard let other else { return [] }
    func show(_ value: String?) -> String { value.map { $0.isEmpty ? "there" : $0 } ?? "nothing" }
    for path in paths + other.paths.filter({ values[$0] == nil }) where values[path] != other.values[path] {
      // What a board is called in lists, and what it starts without a kernel, does not change the machine.
      if !["summary", "guest", "option-rom"].contains(path) {
        found.append((path, show(values[path]), show(other.values[path])))
      }
    }
    return found
  }
}
