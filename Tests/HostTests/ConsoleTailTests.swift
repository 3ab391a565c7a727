import DeviceModel
import Testing

@testable import Host

/// What a guest printed last.
struct ConsoleTailTests {
  private final class End: CharacterBackend {
    var sent: [UInt8] = []
    var waiting: [UInt8] = []
    var onInput: (() -> Void)?
    var onBreak: (() -> Void)?
    var hasInput: Bool { !waiting.isEmpty }
    func write(_ byte: UInt8) { sent.append(byte) }
    func read() -> UInt8? { waiting.isEmpty ? nil : waiting.removeFirst() }
  }

  private func tail(_ bytes: [UInt8]) -> (ConsoleTail, End) {
    let end = End()
    let tail = ConsoleTail(end)
    for byte in bytes { tail.write(byte) }
    return (tail, end)
  }

  @Test func `everything passes in both directions`() {
    let (tail, end) = tail(Array("a\r\n".utf8))
    #expect(end.sent == Array("a\r\n".utf8))
    var calls: [String] = []
    tail.onInput = { calls.append("input") }
    tail.onBreak = { calls.append("break") }
    end.waiting = [7]
    end.onInput?()
    end.onBreak?()
    #expect(calls == ["input", "break"])
    #expect(tail.hasInput)
    #expect(tail.read() == 7)
    #expect(!tail.hasInput && tail.read() == nil)
  }

  @Test func `a short text is kept whole, its lines with plain ends`() {
    #expect(tail([]).0.text == "")
    #expect(tail(Array("\none\r\ntwo\r\r\nlogin: ".utf8)).0.text == "\none\ntwo\r\nlogin: ")
  }

  @Test func `of a long text the last whole lines are kept`() {
    let lines = (0..<2000).map { "line \($0)\r\n" }.joined()
    let text = tail(Array((lines + "# ").utf8)).0.text
    #expect(text.hasSuffix("line 1998\nline 1999\n# "))
    #expect(text.utf8.count <= ConsoleTail.limit && text.utf8.count > ConsoleTail.limit - 12)
    #expect(text.hasPrefix("line "))
    let long = tail([UInt8](repeating: 0x61, count: 9999)).0.text
    #expect(long.utf8.count == ConsoleTail.limit)
  }

  @Test func `bytes that are no text take no more room than others`() {
    for length in [0, 1, 100, 4095, 4096, 4097, 10_000] {
      for byte in [0xff, 0x80, 0xc3, 0xf0, 0x00, 0x0d] as [UInt8] {
        let tail = tail([UInt8](repeating: byte, count: length)).0
        #expect(tail.text.utf8.count <= ConsoleTail.limit)
        let other = ConsoleTail(End())
        other.text = tail.text
        #expect(other.text == tail.text, "\(length) times \(byte)")
      }
    }
  }

  @Test func `a text that was put there is given back, and goes on`() {
    let tail = tail(Array("before".utf8)).0
    tail.text = "ä\nlogin: "
    #expect(tail.text == "ä\nlogin: ")
    for byte in Array("root\r\n".utf8) { tail.write(byte) }
    #expect(tail.text == "ä\nlogin: root\n")
  }
}
