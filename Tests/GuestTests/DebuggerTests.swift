import Foundation
import Testing

/// Linux on both boards under a real gdb, which finds out everything by itself.
@Suite(
  .serialized,
  .enabled(
    if: Guests.armIsThere && Debugger.program != nil, "FERRY_GUESTS, a release build or gdb-multiarch is missing"))
struct DebuggerTests {
  private func hex(_ number: UInt64) -> String { "0x\(String(number, radix: 16))" }

  @Test(arguments: DebuggedGuest.allCases)
  func `it breaks at start_kernel, steps into a fault, watches jiffies, interrupts, detaches, comes back and kills`(
    guest: DebuggedGuest
  ) throws {
    let start = try #require(guest.address("start_kernel"))
    let gdb = try Debugger(guest.arguments("run=sleep~1000") + ["-S", "-display", "none", "-serial", "null"])
    // The architecture is the machine's word.
    #expect(gdb.ask("show architecture").contains(guest == .i386 ? "\"i386\"" : "\"arm"))
    #expect(gdb.ask("monitor info status").contains("prelaunch"))

    // By address, as a software breakpoint; then the same place as a hardware one, after a reset.
    gdb.ask("break *\(hex(start))")
    #expect(gdb.ask("continue").contains("Breakpoint 1, \(hex(start))"))
    #expect(gdb.value("$pc") == start)
    #expect(gdb.ask("monitor info status").contains("debug"))
    gdb.ask("delete")
    try stepIntoFault(gdb, guest, at: start)

    // A variable changes, by one each time.
    let jiffies = try #require(guest.jiffies(gdb))
    gdb.ask("watch *(unsigned int *)\(hex(jiffies))")
    for _ in 0..<3 {
      let text = gdb.ask("continue")
      #expect(text.contains("Hardware watchpoint 2"))
      let values = ["Old value = ", "New value = "].compactMap { title in
        text.split(separator: "\n").first { $0.hasPrefix(title) }.flatMap { UInt32($0.dropFirst(title.count)) }
      }
      try #require(values.count == 2, "\(text)")
      #expect(values[1] == values[0] &+ 1)
    }
    gdb.ask("delete")

    let stopped = gdb.continueAndInterrupt()
    #expect(stopped.contains("Program received signal SIGINT"), "\(stopped)")
    #expect(gdb.ask("backtrace 1").contains("#0"))
    #expect(gdb.ask("info registers").contains(guest == .i386 ? "cr3" : "ttbr0"))
    #expect(gdb.ask("x/i $pc").contains("=>"))

    #expect(gdb.ask("detach").contains("detached"))
    let ticks = gdb.ask("target remote \(gdb.socket)")
    #expect(!ticks.contains("refused"))
    #expect(gdb.ask("monitor info status").contains("debug"))
    gdb.ask("hbreak *$pc")
    let before = try #require(gdb.value("$pc"))
    gdb.ask("delete")
    if guest == .arm {
      // Without symbols gdb takes r11 for a frame pointer, and where that leads it to unmapped memory it neither steps
      // nor sets a register.
      gdb.ask("maintenance packet Pb=00000000")
      gdb.ask("maintenance flush register-cache")
    }
    let step = gdb.ask("stepi")
    #expect(gdb.value("$pc") != before, "\(step)")
    gdb.ask("kill")
    #expect(gdb.machineEnds())
  }

  /// Puts one instruction that stores to where nothing is mapped at the program counter, and steps over it: into the
  /// handler. Then all is as it was.
  private func stepIntoFault(_ gdb: Debugger, _ guest: DebuggedGuest, at start: UInt64) throws {
    let base = guest == .i386 ? "$eax" : "$r0"
    gdb.ask("set $text = *(unsigned int *)$pc")
    gdb.ask("set $register = \(base)")
    // mov [eax], eax; nop; nop, and str r0, [r0].
    gdb.ask("set *(unsigned int *)$pc = \(guest == .i386 ? "0x90900089" : "0xe5800000")")
    gdb.ask("set \(base) = 0x40000000")
    gdb.ask("stepi")
    switch guest {
    case .i386:
      #expect(gdb.value("$cr2") == 0x4000_0000)
      // What the CPU has pushed: the error code of a write, and EIP.
      #expect(gdb.value("*(unsigned int *)$esp") == 2)
      #expect(gdb.value("*(unsigned int *)($esp + 4)") == start)
      let handler = try #require(gdb.value("$pc"))
      #expect(handler != start)
      gdb.ask("stepi")
      #expect(gdb.value("$pc") != handler)
      // The second step has pushed something, or not: back to the frame by what is in it.
      while let top = gdb.value("*(unsigned int *)($esp + 4)"), top != start { gdb.ask("set $esp = $esp + 4") }
      gdb.ask("set $eflags = *(unsigned int *)($esp + 12)")
      gdb.ask("set $esp = $esp + 16")
    case .arm:
      #expect(gdb.value("$pc") == 0xffff_0010)
      #expect(gdb.value("$lr") == start + 8)
      #expect(gdb.value("$cpsr & 0x1f") == 0x17)
      #expect(gdb.value("$far") == 0x4000_0000)
      gdb.ask("set $cpsr = $spsr_abt")
    }
    gdb.ask("set $pc = \(hex(start))")
    gdb.ask("set *(unsigned int *)$pc = $text")
    gdb.ask("set \(base) = $register")
  }

  @Test func `every CPU of a board is a thread, and the one that hits a breakpoint is told`() throws {
    let second = try #require(DebuggedGuest.i386.address("start_secondary"))
    let gdb = try Debugger(
      DebuggedGuest.i386.arguments("run=sleep~1000")
        + ["-smp", "2", "-S", "-display", "none", "-serial", "null"])
    gdb.ask("hbreak *\(hex(second))")
    let text = gdb.ask("continue", seconds: 120)
    #expect(text.contains("Thread 2") && text.contains("hit Breakpoint 1"), "\(text)")
    let threads = gdb.ask("info threads")
    #expect(threads.contains("  1    Thread 1") && threads.contains("* 2    Thread 2"), "\(threads)")
    #expect(gdb.ask("thread 1").contains("Switching to thread 1"))
    let first = try #require(gdb.value("$esp"))
    #expect(gdb.ask("backtrace 1").contains("#0"))
    #expect(gdb.ask("thread 2").contains("Switching to thread 2"))
    #expect(gdb.value("$esp") != first)
    #expect(gdb.value("$pc") == second)
    gdb.ask("stepi")
    #expect(gdb.value("$pc") != second)
    gdb.ask("kill")
    #expect(gdb.machineEnds())
  }

  @Test func `counting time in instructions, a run that gdb stops and steps prints what one left alone prints`() throws
  {
    let guest = DebuggedGuest.arm
    let words = [
      "sha256sum /bin/busybox", "cat /proc/interrupts", "cat /proc/uptime", "gzip -k9 /bin/busybox", "date",
      "reboot -f",
    ]
    .map { "run=" + $0.replacing(" ", with: "~") }.joined(separator: " ")
    let folder = FileManager.default.temporaryDirectory
    let outputs = ["alone", "debugged"].map { folder.appending(path: "ferry-\(UUID().uuidString)-\($0)").path }
    defer { for path in outputs { try? FileManager.default.removeItem(atPath: path) } }
    let common = guest.arguments(words) + ["-clock", "instructions", "-display", "none", "-serial"]
    #expect(try Guests.run(Guests.ferry, common + ["file:\(outputs[0])"], seconds: 120).status == 0)

    let gdb = try Debugger(common + ["file:\(outputs[1])", "-S"])
    let start = try #require(guest.address("start_kernel"))
    gdb.ask("hbreak *\(hex(start))")
    gdb.ask("continue")
    let jiffies = try #require(guest.jiffies(gdb))
    gdb.ask("delete")
    gdb.ask("watch *(unsigned int *)\(hex(jiffies))")
    for number in 0..<30 {
      gdb.ask("continue")
      gdb.ask("stepi \(number + 1)")
    }
    gdb.ask("delete")
    for _ in 0..<5 {
      let stopped = gdb.continueAndInterrupt()
      #expect(stopped.contains("SIGINT"), "\(stopped)")
    }
    gdb.ask("detach")
    #expect(gdb.machineEnds(seconds: 120))
    let texts = try outputs.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(texts[0].contains("BOOT-OK") && texts[0].contains("RUN-BEGIN date"))
    #expect(texts[0] == texts[1])
  }
}
