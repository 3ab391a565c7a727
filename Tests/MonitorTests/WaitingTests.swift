import DeviceModel
import Host
import Testing

@testable import Monitor

/// Waiting for what the guest shows and prints.
struct WaitingTests {
  /// A text screen that others write on.
  private final class Board: Picture {
    let width = 2
    let height = 1
    var pixels: [UInt32] = [1, 2] { didSet { isNew = true } }
    var text: [String]?
    private var isNew = true
    func update(_ now: Int64) -> Bool {
      defer { isNew = false }
      return isNew
    }
  }

  private func rig(_ text: [String]?) throws -> (HumanRig, Board) {
    let rig = try HumanRig(.microvm)
    let board = Board()
    board.text = text
    rig.picture = board
    return (rig, board)
  }

  /// Begins `line`, and ends it after `change`.
  private func answer(_ rig: HumanRig, _ line: String, after change: () -> Void) throws -> String {
    #expect(rig.monitor.run(line) == "")
    let wait = try #require(rig.control.takeAwaited())
    for _ in 0..<5 { rig.poller.poll(timeout: 20_000_000) }
    #expect(!wait.isOver)
    change()
    while !wait.isOver { rig.poller.poll(timeout: 20_000_000) }
    return wait.failure.map { "\($0)" } ?? ""
  }

  @Test func `screen-text gives the rows of a text screen, and no other`() throws {
    let (rig, board) = try rig(["login: root", "", "# ls"])
    #expect(rig("screen-text") == "login: root\n\n# ls\n")
    board.text = nil
    #expect(rig("screen-text").hasPrefix("The board microvm shows a picture and no text"))
    rig.picture = nil
    #expect(rig("screen-text") == "The board microvm has no display\n")
  }

  @Test func `screen-hash tells pictures apart, and their sizes`() throws {
    let (rig, board) = try rig(nil)
    // XXH64 of 02 00 00 00 01 00 00 00 01 00 00 00 02 00 00 00.
    let first = rig("screen-hash")
    #expect(first.count == 16 + 1 + 4 && first.hasSuffix(" 2x1\n"))
    board.pixels = [2, 1]
    #expect(rig("screen-hash") != first)
    board.pixels = [1, 2]
    #expect(rig("screen-hash") == first)
  }

  @Test func `wait-screen ends when the text is there, at once if it is`() throws {
    let (rig, board) = try rig(["booting"])
    #expect(rig("wait-screen booting") == "")
    #expect(rig.control.takeAwaited() == nil)
    #expect(try answer(rig, "wait-screen \"login: \" 5") { board.text = ["booting", "login: _"] } == "")
  }

  @Test func `wait-screen ends when the picture has the hash`() throws {
    let (rig, board) = try rig(nil)
    let hash = rig("screen-hash").prefix(16)
    board.pixels = [3, 3]
    #expect(try answer(rig, "wait-screen -hash \(hash) 5") { board.pixels = [1, 2] } == "")
    #expect(rig("wait-screen -hash 12").contains("is no hash"))
  }

  @Test func `wait-serial finds what has been printed already, but once`() throws {
    let (rig, _) = try rig([])
    func print(_ text: String) { for byte in text.utf8 { rig.printed.append(byte) } }
    print("BOOT-OK\n# ")
    #expect(rig("wait-serial BOOT-OK") == "")
    #expect(rig("wait-serial \"# \"") == "")
    #expect(try answer(rig, "wait-serial \"# \" 5") { print("done\n# ") } == "")
  }

  @Test func `what does not come in time is told with what is there`() throws {
    let (rig, _) = try rig(["first", "last words", ""])
    rig.console = "one\ntwo\n"
    #expect(
      rig("wait-screen missing 0") == "'missing' has not come to the screen in 0 s; its last line is 'last words'\n")
    #expect(rig("wait-serial missing 0") == "The guest has not printed 'missing' in 0 s; its last line is 'two'\n")
    let text = rig("wait-screen -hash 0123456789abcdef 0")
    #expect(text == "The screen has not had the hash 0123456789abcdef in 0 s; it is \(rig("screen-hash").prefix(16))\n")
  }

  @Test func `a machine that ends is looked at for a last time`() throws {
    let (rig, _) = try rig([])
    #expect(rig.monitor.run("wait-serial Bye 50") == "")
    let found = try #require(rig.control.takeAwaited())
    #expect(rig.monitor.run("wait-serial never 50") == "")
    let missed = try #require(rig.control.takeAwaited())
    for byte in "Bye".utf8 { rig.printed.append(byte) }
    rig.control.quit()
    _ = rig.machine.run()
    #expect(found.isOver && found.failure == nil)
    #expect(missed.isOver && missed.failure != nil)
  }

  @Test func `QMP holds the answer back meanwhile`() throws {
    let rig = try QMPRig(.microvm)
    let peer = try rig.client()
    try peer.send(#"{"execute": "wait-serial", "arguments": {"text": "ready", "timeout": 30}, "id": 1}"#)
    for _ in 0..<20 { rig.poller.poll(timeout: 1_000_000) }
    for byte in "ready".utf8 { rig.printed.append(byte) }
    #expect(try peer.next() == .object(["return": .object([]), "id": .integer(1)]))
    #expect(
      try peer.refusal(#"{"execute": "wait-serial", "arguments": {"text": "never", "timeout": 0}}"#)
        == "GenericError: The guest has not printed 'never' in 0 s; its last line is ''")
    #expect(try peer.refusal(#"{"execute": "wait-screen"}"#).contains("needs a text or a hash"))
    #expect(try peer.refusal(#"{"execute": "screen-text"}"#).contains("shows a picture and no text"))
    guard case .string(let hash)? = try peer.run("screen-hash")["hash"] else {
      Issue.record("no hash")
      return
    }
    #expect(try peer.run("wait-screen", #"{"hash": "\#(hash)"}"#) == .object([]))
  }
}
