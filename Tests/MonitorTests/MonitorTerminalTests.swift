import Testing

@testable import Monitor

/// The monitor over channels of every kind.
struct MonitorTerminalTests {
  private final class Line {
    let rig: HumanRig
    var bytes: [UInt8] = []
    private(set) var terminal: MonitorTerminal!

    init(_ kind: MonitorTerminal.Kind) throws {
      rig = try HumanRig(.microvm)
      terminal = MonitorTerminal(rig.monitor, kind) { [unowned self] in bytes += $0 }
      terminal.begin()
    }

    /// What is answered to `text`, that came at once.
    func callAsFunction(_ text: String) -> String {
      bytes = []
      terminal.receive(Array(text.utf8))
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  @Test func `a person at a terminal has a prompt, an echo, Tab and a history`() throws {
    let line = try Line(.terminal)
    var screen = Screen(line.bytes)
    #expect(screen.lines == ["Ferry's monitor; help lists the commands"])
    #expect(screen.line == "(ferry)")
    for key in ["i", "n", "f", "o", " ", "s", "t", "\t", "\r"] { screen.show(Array(line(key).utf8)) }
    #expect(screen.lines.suffix(2) == ["(ferry) info status", "VM status: running"])
    screen.show(Array(line("stop\r\u{1b}[A\u{1b}[A\r").utf8))
    #expect(screen.lines.suffix(3) == ["(ferry) stop", "(ferry) info status", "VM status: paused"])
    screen.show(Array(line("info history\r").utf8))
    #expect(
      screen.lines.suffix(3) == ["0: 'info status'", "1: 'stop'", "2: 'info history'"].map { $0 }
        || screen.lines.suffix(4).contains("1: 'stop'"))
    screen.show(Array(line("sy\t").utf8))
    #expect(screen.line == "(ferry) system_")
  }

  @Test func `a notice stands above what is being typed`() throws {
    let line = try Line(.terminal)
    var screen = Screen(line.bytes)
    screen.show(Array(line("info st").utf8))
    line.bytes = []
    line.terminal.notify("CPU 0 at 0x00001000\n")
    screen.show(line.bytes)
    #expect(screen.lines.last == "CPU 0 at 0x00001000")
    #expect(screen.line == "(ferry) info st")
  }

  @Test func `a pipe gets answers and nothing else`() throws {
    let line = try Line(.lines)
    #expect(line.bytes.isEmpty)
    #expect(line("info status\nsto") == "VM status: running\n")
    #expect(line("p\r\ninfo status\n\n") == "VM status: paused\n")
    #expect(line("info\tstatus\u{7f}\u{1}\n") == "VM status: paused\n")
    #expect(line(String(repeating: "x", count: 100_000)) == "")
    #expect(line("\ninfo status\n") == "The line is longer than 4096 bytes\nVM status: paused\n")
    line.bytes = []
    line.terminal.receive([0xff, 0xfe, 0xc3, 10])
    #expect(String(decoding: line.bytes, as: UTF8.self).hasPrefix("unknown command"))
  }

  @Test func `a program at a socket sends lines and gets prompts, without an echo`() throws {
    let line = try Line(.socket)
    #expect(String(decoding: line.bytes, as: UTF8.self) == "Ferry's monitor; help lists the commands\r\n(ferry) ")
    #expect(line("info status\r\n") == "VM status: running\r\n(ferry) ")
    #expect(line("stop\ninfo status\n") == "(ferry) VM status: paused\r\n(ferry) ")
    line.bytes = []
    line.terminal.receive([255, 251, 31] + Array("info status\r\n".utf8))
    #expect(String(decoding: line.bytes, as: UTF8.self) == "VM status: paused\r\n(ferry) ")
  }

  @Test func `a person at a socket has single keys echoed`() throws {
    let line = try Line(.socket)
    var screen = Screen(line.bytes)
    for key in ["s", "t", "o", "q", "\u{7f}", "p", "\r"] { screen.show(Array(line(key).utf8)) }
    #expect(screen.lines.last == "(ferry) stop")
    #expect(screen.line == "(ferry)")
    #expect(!line.rig.machine.isRunning)
  }
}
