import Testing

@testable import Monitor

/// Somebody at a terminal: keys go in, a screen shows what comes out.
struct Typist {
  var editor = LineEditor(prompt: "(ferry) ", limit: 200)
  var keys = KeyDecoder()
  var screen = Screen()
  var events: [LineEditor.Event] = []

  init() {
    editor.draw()
    show()
  }

  mutating func type(_ text: String) { type(Array(text.utf8)) }

  mutating func type(_ bytes: [UInt8]) {
    for byte in bytes {
      if let key = keys.feed(byte), let event = editor.press(key) {
        events.append(event)
        if case .line = event { editor.draw() }
      }
    }
    show()
  }

  mutating func show() {
    screen.show(editor.output)
    editor.output = []
  }

  var lines: [String] { events.compactMap { if case .line(let line) = $0 { line } else { nil } } }
}

/// Line editing as people have it in their fingers.
struct LineEditorTests {
  static let left = "\u{1b}[D"
  static let right = "\u{1b}[C"
  static let up = "\u{1b}[A"
  static let down = "\u{1b}OB"

  @Test func `what is typed is shown behind the prompt, and Enter gives it`() {
    var typist = Typist()
    #expect(typist.screen.line == "(ferry)")
    typist.type("info status")
    #expect(typist.screen.line == "(ferry) info status")
    #expect(typist.screen.column == 19)
    typist.type("\r\nstop\n")
    #expect(typist.lines == ["info status", "stop"])
    #expect(typist.screen.lines == ["(ferry) info status", "(ferry) stop"])
    #expect(typist.screen.line == "(ferry)")
  }

  @Test func `cursor keys, Home and End, Ctrl-A and Ctrl-E, words and deletions change the line where the cursor is`() {
    var typist = Typist()
    typist.type("ifo\(Self.left)\(Self.left)n")
    #expect(typist.screen.line == "(ferry) info")
    #expect(typist.screen.column == 10)
    typist.type("\u{5} registerz\u{8}s")
    #expect(typist.screen.line == "(ferry) info registers")
    typist.type("\u{1}x \u{1b}[1~\u{1b}[3~\u{4}")
    #expect(typist.screen.line == "(ferry) info registers")
    #expect(typist.screen.column == 8)
    typist.type("\u{1b}[F\u{1b}[1;5D")
    #expect(typist.screen.column == 13)
    typist.type("\u{b}")
    #expect(typist.screen.line == "(ferry) info")
    typist.type("status\u{1b}b\u{1b}b\u{1b}f!")
    #expect(typist.screen.line == "(ferry) info! status")
    typist.type("\u{1b}OF\u{17}mem")
    #expect(typist.screen.line == "(ferry) info! mem")
    typist.type("\u{15}stop\r")
    #expect(typist.lines == ["stop"])
    typist.type("\u{19}")
    #expect(typist.screen.line == "(ferry) info! mem", "Ctrl-Y brings back what was cut last")
  }

  @Test func `Ctrl-C gives up a line, Ctrl-L clears the screen around it`() {
    var typist = Typist()
    typist.type("info rubbish\u{3}stop\u{c}")
    #expect(typist.screen.lines == [])
    #expect(typist.screen.line == "(ferry) stop")
    typist.type("\r")
    #expect(typist.lines == ["stop"])
  }

  @Test func `Up and Down walk through the history and back to what was being typed`() {
    var typist = Typist()
    typist.type("one\rtwo\rtwo\r   \rthree\r")
    #expect(typist.editor.history == ["one", "two", "three"])
    typist.type("dra\(Self.up)\(Self.up)")
    #expect(typist.screen.line == "(ferry) two")
    typist.type("\u{10}\u{10}")
    #expect(typist.screen.line == "(ferry) one")
    #expect(typist.screen.bells == 1, "there is nothing before the first line")
    typist.type("\(Self.down)\(Self.down)\u{e}ft\r")
    #expect(typist.lines.last == "draft")
    typist.type("\(Self.up)\(Self.up)!\r")
    #expect(typist.lines.last == "three!")
    #expect(typist.editor.history.suffix(2) == ["draft", "three!"])
  }

  @Test func `the history forgets its oldest lines`() {
    var typist = Typist()
    for number in 0..<(LineEditor.historyLimit + 5) { typist.type("p \(number)\r") }
    #expect(typist.editor.history.count == LineEditor.historyLimit)
    #expect(typist.editor.history.first == "p 5")
  }

  @Test func `Ctrl-R searches backwards, Enter runs what was found, Ctrl-G forgets it`() {
    var typist = Typist()
    typist.type("info mem\rx/4x 0\rinfo tlb\rstop\r")
    typist.type("\u{12}info")
    #expect(typist.screen.line == "(reverse-i-search)`info': info tlb")
    typist.type("\u{12}")
    #expect(typist.screen.line == "(reverse-i-search)`info': info mem")
    typist.type("\r")
    #expect(typist.lines.last == "info mem")
    typist.type("q\u{12}x/\u{7}")
    #expect(typist.screen.line == "(ferry) q")
    typist.type("\u{8}\u{12}4x\u{5} \r")
    #expect(typist.lines.last == "x/4x 0 ")
    typist.type("\u{12}nothing like it")
    #expect(typist.screen.bells > 0)
  }

  @Test func `a line that is longer than the screen scrolls sideways`() {
    var typist = Typist()
    let words = (0..<30).map { "word\($0)" }.joined(separator: " ")
    typist.type(String(words.prefix(190)))
    #expect(typist.screen.line.hasPrefix("(ferry) "))
    #expect(words.prefix(190).hasSuffix(typist.screen.line.dropFirst(8)))
    for _ in 0..<190 { typist.type(Self.left) }
    #expect(typist.screen.column == 8)
    #expect(typist.screen.line.hasPrefix("(ferry) word0 word1 "))
    typist.type("\u{5}\r")
    #expect(typist.lines == [String(words.prefix(190))])
  }

  @Test func `a line takes no more than its limit`() {
    var typist = Typist()
    typist.type(String(repeating: "x", count: 300) + "\r")
    #expect(typist.lines == [String(repeating: "x", count: 200)])
    #expect(typist.screen.bells == 100)
  }

  @Test func `letters of any alphabet can be typed and taken away`() {
    var typist = Typist()
    typist.type("grüße→")
    #expect(typist.screen.line == "(ferry) grüße→")
    typist.type("\u{8}\u{8}\u{8}ß\r")
    #expect(typist.lines == ["grüß"])
    #expect(Typist().screen.bells == 0)
  }

  @Test func `broken characters and unknown sequences do nothing`() {
    var typist = Typist()
    typist.type([0xc3, 0x41, 0xff, 0xfe, 0xe2, 0x82, 0x1b, 0x5b, 0x31, 0x35, 0x7e, 0x1b, 0x4f, 0x50, 0x9b])
    typist.type("\u{1b}[" + String(repeating: "1;", count: 1000) + "R\u{0}b\r")
    #expect(typist.lines == ["Ab"])
  }

  @Test func `bytes of any kind leave the screen whole`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      var typist = Typist()
      typist.type((0..<4000).map { _ in UInt8.random(in: 0...255, using: &random) })
      #expect(typist.screen.column < 80)
    }
  }

  @Test func `completions replace a word, or are listed where several fit`() {
    var typist = Typist()
    typist.type("info re\t")
    #expect(typist.events == [.complete(before: "info re")])
    typist.editor.complete(["registers"], replacing: 2, ending: " ")
    typist.show()
    #expect(typist.screen.line == "(ferry) info registers")
    #expect(typist.screen.column == 23)
    typist.type("\u{15}s")
    typist.editor.complete(["system_powerdown", "system_reset"], replacing: 1, ending: " ")
    typist.show()
    #expect(typist.screen.line == "(ferry) system_")
    typist.editor.complete(["system_powerdown", "system_reset"], replacing: 7, ending: " ")
    typist.show()
    #expect(typist.screen.lines.suffix(2) == ["(ferry) system_", "system_powerdown  system_reset"])
    #expect(typist.screen.line == "(ferry) system_")
    typist.editor.complete([], replacing: 7, ending: " ")
    typist.show()
    #expect(typist.screen.bells == 1)
  }
}
