import Testing

/// The serial console as a person uses it, typed through a pseudo-terminal.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct ConsoleTests {
  static let prompt = "/ # "
  static let controlA = "\u{1}"
  static let controlC = "\u{3}"
  static let escape = "\u{1b}"

  @Test func `a person works at the shell: line editing, vi, top, Ctrl-C, Ctrl-A`() throws {
    let terminal = try GuestTerminal([
      "run", "-nographic", "-m", "256", "-kernel", Guests.path("i386/vmlinuz"), "-initrd",
      Guests.path("i386/initrd.gz"), "-append", "console=ttyS0 panic=-1 quiet",
    ])
    let before = terminal.modes
    try terminal.process.run()
    try #require(terminal.expect("BOOT-OK", seconds: 150))
    try #require(terminal.expect(Self.prompt))
    #expect(terminal.modes != before, "the terminal is not in raw mode")
    // The prompt's shell may be without a controlling terminal, and Ctrl-C with it.
    terminal.type("exec busybox setsid busybox cttyhack sh\r")
    try #require(terminal.expect("cttyhack sh\r\n"))
    try #require(terminal.expect(Self.prompt))

    terminal.type("echo helXlo\(Self.escape)[D\(Self.escape)[D\u{8}\r")
    #expect(terminal.expect("\r\nhello\r\n"))

    terminal.type("vi /tmp/text\r")
    #expect(terminal.expect("~"))
    terminal.type("iwritten in vi")
    #expect(terminal.expect("written in vi"))
    // The first one leaves the inserting, the second one beeps: until then vi could take what follows for a key's code.
    terminal.type("\(Self.escape)\(Self.escape)")
    #expect(terminal.expect("\u{7}"))
    terminal.type(":wq\r")
    #expect(terminal.expect(Self.prompt))
    terminal.type("cat /tmp/text\r")
    #expect(terminal.expect("\r\nwritten in vi\r\n"))

    terminal.type("top -d 1\r")
    #expect(terminal.expect("Mem:"))
    #expect(terminal.expect("Mem:"), "top does not go on")
    terminal.type("q")
    #expect(terminal.expect(Self.prompt))

    // A job says itself that it has begun: the shell's word would come before the terminal is the job's.
    terminal.type("sh -c 'echo begun; exec sleep 1000'\r")
    #expect(terminal.expect("\r\nbegun\r\n"))
    terminal.type(Self.controlC)
    #expect(terminal.expect("^C"))
    #expect(terminal.expect(Self.prompt))
    terminal.type("yes\r")
    #expect(terminal.expect("y\r\ny\r\n"))
    terminal.type(Self.controlC)
    #expect(terminal.expect("^C"))
    #expect(terminal.expect(Self.prompt))

    terminal.type("sh -c 'echo begun; exec cat'\r")
    #expect(terminal.expect("\r\nbegun\r\n"))
    terminal.type("\(Self.controlA)\(Self.controlA)")
    #expect(terminal.expect("^A"), "Ctrl-A Ctrl-A does not reach the guest")
    terminal.type(Self.controlC)
    #expect(terminal.expect(Self.prompt))
    terminal.type("\(Self.controlA)h")
    #expect(terminal.expect("Ctrl-A x"))
    terminal.type("\(Self.controlA)cinfo status\r")
    #expect(terminal.expect("VM status: running"))
    terminal.type("\(Self.controlA)c")

    terminal.type("\(Self.controlA)x")
    try #require(terminal.ends())
    #expect(terminal.process.terminationReason == .exit)
    #expect(terminal.process.terminationStatus == 0)
    #expect(terminal.modes == before)
  }
}
