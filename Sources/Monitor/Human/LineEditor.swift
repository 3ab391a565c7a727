/// A line that is being typed: what keys do to it, its history, and what its terminal is sent.
///
/// It draws one line of the screen: a longer text scrolls sideways in it.
struct LineEditor {
  /// What somebody must do about a key.
  enum Event: Equatable {
    /// The line is complete.
    case line(String)
    /// Tab was pressed behind `before`.
    case complete(before: String)
  }

  /// Lines that are remembered.
  static let historyLimit = 200
  /// Characters in a row of the terminal.
  static let columns = 80

  let prompt: String
  /// The longest line, in characters.
  let limit: Int
  /// What the terminal has not been sent yet.
  var output: [UInt8] = []
  /// Lines typed before, oldest first.
  private(set) var history: [String] = []
  private var text: [Unicode.Scalar] = []
  private var cursor = 0
  /// The first character that is visible.
  private var left = 0
  /// What was cut last.
  private var cut: [Unicode.Scalar] = []
  /// Which line of the history is shown, and what was being typed when that began.
  private var recalled: (index: Int, draft: [Unicode.Scalar])?
  /// Looking backwards through the history (Ctrl-R).
  private var search: (query: String, index: Int?)?

  init(prompt: String, limit: Int) {
    self.prompt = prompt
    self.limit = limit
  }

  // MARK: Keys

  /// What `key` does.
  mutating func press(_ key: EditorKey) -> Event? {
    if search != nil, handleSearch(key) { return nil }
    switch key {
    case .text(let scalar): insert([scalar])
    case .enter: return finish()
    case .tab: return .complete(before: String(text[..<cursor]))
    case .backspace, .control("H"): remove(cursor - 1..<cursor)
    case .delete, .control("D"): remove(cursor..<cursor + 1)
    case .left, .control("B"): move(to: cursor - 1)
    case .right, .control("F"): move(to: cursor + 1)
    case .wordLeft: move(to: wordStart)
    case .wordRight: move(to: wordEnd)
    case .home, .control("A"): move(to: 0)
    case .end, .control("E"): move(to: text.count)
    case .up, .control("P"): recall(-1)
    case .down, .control("N"): recall(1)
    case .control("K"): take(cursor..<text.count)
    case .control("U"): take(0..<cursor)
    case .control("W"): take(wordStart..<cursor)
    case .control("Y"): insert(cut)
    case .control("L"):
      send("\u{1b}[H\u{1b}[2J")
      draw()
    case .control("R"):
      search = ("", nil)
      drawSearch()
    case .control("C"):
      send("\r\n")
      clear()
      draw()
    case .escape, .control: bell()
    }
    return nil
  }

  private mutating func finish() -> Event {
    move(to: text.count)
    send("\r\n")
    let line = String(text)
    clear()
    remember(line)
    return .line(line)
  }

  /// Keeps `line` for Up, unless it is empty or was the last one too.
  mutating func remember(_ line: String) {
    guard line.contains(where: { $0 != " " }), history.last != line else { return }
    history.append(line)
    if history.count > Self.historyLimit { history.removeFirst() }
  }

  private mutating func clear() {
    text = []
    cursor = 0
    left = 0
    recalled = nil
  }

  private mutating func insert(_ scalars: [Unicode.Scalar]) {
    guard text.count + scalars.count <= limit else { return bell() }
    let isAtEnd = cursor == text.count
    text.insert(contentsOf: scalars, at: cursor)
    cursor += scalars.count
    if isAtEnd, cursor - left < room { send(String(scalars)) } else { draw() }
  }

  private mutating func remove(_ range: Range<Int>) {
    guard range.lowerBound >= 0, range.upperBound <= text.count else { return bell() }
    text.removeSubrange(range)
    cursor = range.lowerBound
    draw()
  }

  /// Cuts a part out, for Ctrl-Y.
  private mutating func take(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    cut = Array(text[range])
    remove(range)
  }

  private mutating func move(to place: Int) {
    guard (0...text.count).contains(place) else { return bell() }
    guard place != cursor else { return }
    cursor = place
    draw()
  }

  private var wordStart: Int {
    var place = cursor
    while place > 0, text[place - 1] == " " { place -= 1 }
    while place > 0, text[place - 1] != " " { place -= 1 }
    return place
  }

  private var wordEnd: Int {
    var place = cursor
    while place < text.count, text[place] == " " { place += 1 }
    while place < text.count, text[place] != " " { place += 1 }
    return place
  }

  // MARK: History

  private mutating func recall(_ step: Int) {
    let present = recalled?.index ?? history.count
    let next = present + step
    guard (0...history.count).contains(next) else { return bell() }
    let draft = recalled?.draft ?? text
    if next == history.count {
      recalled = nil
      replace(draft)
    } else {
      recalled = (next, draft)
      replace(Array(history[next].unicodeScalars))
    }
  }

  private mutating func replace(_ scalars: [Unicode.Scalar]) {
    text = scalars
    cursor = text.count
    left = 0
    draw()
  }

  /// Whether `key` belongs to the search; any other ends it, and does what it does.
  private mutating func handleSearch(_ key: EditorKey) -> Bool {
    guard var present = search else { return false }
    switch key {
    case .text(let scalar):
      guard present.query.unicodeScalars.count < limit else { return true }
      present.query.unicodeScalars.append(scalar)
      find(&present, from: present.index ?? history.count - 1)
    case .backspace:
      if !present.query.isEmpty { present.query.unicodeScalars.removeLast() }
      find(&present, from: history.count - 1)
    case .control("R"): find(&present, from: (present.index ?? history.count) - 1)
    case .control("G"), .control("C"), .escape:
      search = nil
      draw()
      return true
    default:
      search = nil
      if let index = present.index { replace(Array(history[index].unicodeScalars)) } else { draw() }
      return false
    }
    search = present
    drawSearch()
    return true
  }

  private mutating func find(_ search: inout (query: String, index: Int?), from start: Int) {
    guard !search.query.isEmpty, start >= 0 else { return bell() }
    guard let index = history[...start].lastIndex(where: { $0.contains(search.query) }) else { return bell() }
    search.index = index
  }

  // MARK: Completion

  /// Puts what all of `words` begin with in the place of the last `count` characters before the cursor; a single word
  /// is followed by `ending`. Where that adds nothing, the words are listed.
  mutating func complete(_ words: [String], replacing count: Int, ending: String) {
    guard let first = words.first, count <= cursor else { return bell() }
    var common = Array(first.unicodeScalars)
    for word in words.dropFirst() {
      common = zip(common, word.unicodeScalars).prefix { $0 == $1 }.map(\.0)
    }
    if words.count == 1 { common += Array(ending.unicodeScalars) }
    guard text.count - count + common.count <= limit else { return bell() }
    if common.count > count || words.count == 1 {
      text.replaceSubrange(cursor - count..<cursor, with: common)
      cursor += common.count - count
      draw()
    } else {
      let place = cursor
      move(to: text.count)
      send("\r\n" + Columns.table(words).split(separator: "\n").joined(separator: "\r\n") + "\r\n")
      cursor = place
      draw()
    }
  }

  // MARK: The screen

  /// Characters of the text that are visible at once.
  private var room: Int { max(8, Self.columns - 1 - prompt.unicodeScalars.count) }

  /// Draws prompt and line, with the cursor where it belongs.
  mutating func draw() {
    if cursor < left { left = max(0, cursor - room / 2) }
    if cursor - left > room { left = cursor - room / 2 }
    let visible = text[left..<min(text.count, left + room)]
    send("\r" + prompt + String(visible) + "\u{1b}[K")
    let back = left + visible.count - cursor
    if back > 0 { send("\u{1b}[\(back)D") }
  }

  private mutating func drawSearch() {
    guard let search else { return }
    let found = search.index.map { history[$0] } ?? ""
    let line = "(reverse-i-search)`\(search.query)': \(found)"
    send("\r" + String(line.unicodeScalars.prefix(Self.columns - 1)) + "\u{1b}[K")
  }

  /// Takes the line off the screen, so that something can be printed in its place; `draw()` brings it back.
  mutating func erase() { send("\r\u{1b}[K") }

  private mutating func bell() { output.append(7) }

  private mutating func send(_ text: String) { output += Array(text.utf8) }
}

extension String {
  fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
