import Testing

@testable import Boards

struct BoardReaderTests {
  static let text = """
    board: toy
    version: 3
    cpu: {maximum: 2}
    memory: {default: 16M, maximum: 1G}
    devices:
      cpu: {model: x86-cpu, per-cpu: true}
      lapic: {model: lapic, per-cpu: true}
      pic:
        model: i8259
        wires: {intr: lapic0.lint0}
      serial:
        model: uart16550
        at: {registers: 0x3f8}
        wires: {irq: pic.irq4}
    older:
    - version: 2
      devices:
        serial: {at: {registers: 0x2f8}}
    - version: 1
      memory: {default: 8M}
      devices:
        serial: null
    """

  private func refusal(_ text: String) -> String {
    do throws(BoardError) {
      for board in try BoardReader(text, file: "toy.yaml").versions() { _ = try BoardMap(board: board, cpus: 1) }
      return "accepted"
    } catch {
      return error.description
    }
  }

  private func changed(_ old: String, _ new: String) -> String {
    var lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for index in lines.indices { lines[index].replace(old, with: new) }
    return refusal(lines.joined(separator: "\n"))
  }

  @Test func `older versions are differences from newer ones`() throws {
    let boards = try BoardReader(Self.text, file: "toy.yaml").versions()
    #expect(boards.map(\.fullName) == ["toy-3", "toy-2", "toy-1"])
    #expect(boards.map { $0.devices.last?.addresses["registers"]?.value } == [0x3f8, 0x2f8, nil])
    #expect(boards.map(\.memory.defaultSize) == [16 << 20, 16 << 20, 8 << 20])
    #expect(boards[2].devices.map(\.name) == ["cpu", "lapic", "pic"])
    #expect(refusal(Self.text) == "accepted")
  }

  @Test(arguments: [
    ("wires: {irq", "wire: {irq", "toy.yaml:14:5: unknown key \"wire\"; did you mean \"wires\"?"),
    ("uart16550", "uart1650", "toy.yaml:11:3: serial: unknown device model \"uart1650\"; did you mean \"uart16550\"?"),
    ("pic.irq4", "pic.irg4", "toy.yaml:14:18: unknown input of i8259 \"irg4\"; did you mean \"irq4\"?"),
    ("pic.irq4", "pix.irq4", "toy.yaml:14:18: unknown device \"pix\"; did you mean \"pic\"?"),
    ("pic.irq4", "irq4", "toy.yaml:14:18: a wire ends at DEVICE.INPUT, not at \"irq4\""),
    ("{irq:", "{irk:", "toy.yaml:14:18: unknown output of uart16550 \"irk\"; did you mean \"irq\"?"),
    (
      "registers: 0x3f8", "register: 0x3f8",
      "toy.yaml:13:20: unknown region of uart16550 \"register\"; did you mean \"registers\"?"
    ),
    ("registers: 0x3f8", "registers: high", "toy.yaml:13:21: registers: \"high\" is no number or size"),
    ("registers: 0x3f8", "registers: 0xfffa", "toy.yaml:13:21: serial: registers at 0xfffa is beyond the io space"),
    (
      "registers: 0x3f8", "registers: 0x20",
      "toy.yaml:11:3: serial.registers at 0x20-0x27 overlaps pic.master at 0x20-0x21"
    ),
    ("board: toy", "bord: toy", "toy.yaml:1:1: unknown key \"bord\"; did you mean \"board\"?"),
    ("version: 3", "version: new", "toy.yaml:2:10: version: \"new\" is no number from 1 to 9999"),
    ("- version: 1", "- version: 2", "toy.yaml:19:3: older versions go down: 2 is not older"),
    ("lapic0.lint0", "lapic0.lint7", "toy.yaml:10:19: unknown input of lapic \"lint7\"; did you mean \"lint0\"?"),
  ])
  func `what is wrong is told with its place`(old: String, new: String, message: String) {
    #expect(changed(old, new) == message)
  }

  @Test func `text that is no board file is one line`() {
    #expect(refusal("") == "toy.yaml: is empty")
    #expect(refusal("a: [1,").hasPrefix("toy.yaml:"))
    #expect(!refusal("a: [1,").contains("\n"))
    #expect(refusal("- x") == "toy.yaml:1:1: a board file: expected \"key: value\" lines")
    #expect(refusal("board: x\nboard: y").hasPrefix("toy.yaml:"))
    #expect(refusal(String(repeating: "[", count: 100_000)).hasPrefix("toy.yaml"))
  }

  @Test func `a model's version that is not there is refused`() {
    let text = Self.text.replacing("    model: uart16550", with: "    model: uart16550\n    version: 77")
    #expect(refusal(text).contains("versions up to"))
  }

  @Test(arguments: [
    ("256", 256), ("0x10", 16), ("1K", 1024), ("3g", 3 << 30), ("1.5M", 3 << 19), ("16b", 16),
  ])
  func `sizes have units`(text: String, bytes: UInt64) {
    #expect(SizeText.parse(text) == bytes)
  }

  @Test(arguments: ["", "M", "-1", "1X", "1e3", "99999999999T", "1.2.3", "٣"])
  func `what is no size is refused`(text: String) {
    #expect(SizeText.parse(text) == nil)
  }
}
