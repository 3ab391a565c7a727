import Foundation
import Testing

/// The monitor as a person uses it at the terminal that it shares with the serial port.
@Suite(
  .serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: Guests.ferry), "a release build is missing"))
struct MonitorConsoleTests {
  private static let controlA = "\u{1}"
  private static let up = "\u{1b}[A"
  private static let prompt = "(ferry) "

  private func board(_ name: String) -> [String] { ["run", "-M", name, "-nographic", "-append", "quiet"] }

  @Test(arguments: [
    ("microvm", "eip=", ["eax=", "eflags="]), ("integratorcp", "pc=", ["r0=", "cpsr="]),
  ])
  func `a person looks at the registers, stops the guest and lets it go on`(
    name: String, counter: String, registers: [String]
  ) throws {
    let terminal = try GuestTerminal(board(name))
    try terminal.process.run()
    try #require(terminal.expect("ferry> "))
    terminal.type("\(Self.controlA)h")
    #expect(terminal.expect("switch between the serial port and the monitor"))
    terminal.type("\(Self.controlA)c")
    try #require(terminal.expect("Ferry's monitor"))
    try #require(terminal.expect(Self.prompt))

    terminal.type("info reg\t\r")
    #expect(terminal.expect("info registers"))
    #expect(terminal.expect("CPU#0\r\n"))
    for register in registers { #expect(terminal.expect(register), "\(register)") }
    #expect(terminal.expect(Self.prompt))

    terminal.type("stop\r")
    #expect(terminal.expect(Self.prompt))
    terminal.type("info status\r")
    #expect(terminal.expect("VM status: paused\r\n"))
    terminal.type("print/x $\(counter.dropLast())\r")
    #expect(terminal.expect("\r\n0x"))
    // Two lines up: the print and the status; the second is the status.
    terminal.type("\(Self.up)\(Self.up)\r")
    #expect(terminal.expect("VM status: paused\r\n"))
    terminal.type("step\r")
    #expect(terminal.expect("CPU 0 at 0x"))
    #expect(terminal.expect(Self.prompt))
    terminal.type("cont\rinfo status\r")
    #expect(terminal.expect("VM status: running\r\n"))

    terminal.type("\(Self.controlA)c")
    terminal.type("\r")
    #expect(terminal.expect("ferry> "), "what is typed does not reach the guest again")
    terminal.type("\(Self.controlA)c")
    #expect(terminal.expect(Self.prompt))
    terminal.type("quit\r")
    try #require(terminal.ends())
    #expect(terminal.process.terminationStatus == 0)
  }

  @Test func `what sendkey presses the guest hears`() throws {
    let terminal = try GuestTerminal(board("integratorcp"))
    try terminal.process.run()
    try #require(terminal.expect("ferry> "))
    terminal.type("\(Self.controlA)csendkey h\rsendkey shift-i\rsendkey ret\r")
    #expect(terminal.expect("hI: no such command"), "the guest does not hear what was typed on its keyboard")
    terminal.type("\(Self.controlA)x")
    try #require(terminal.ends())
  }

  @Test func `a monitor on standard input answers lines from a pipe`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Guests.ferry)
    process.arguments = ["run", "-display", "none", "-monitor", "stdio", "-S"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data("info status\ninfo name\nquit\n".utf8))
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text == "VM status: paused (prelaunch)\n(no name)\n")
    #expect(process.terminationStatus == 0)
  }
}
