import Foundation
import Testing

/// The program as users call it: what it prints, and its exit status.
struct CommandLineTests {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs the built program with an empty standard input, in a folder that has nothing of ours.
  static func ferry(_ arguments: [String], program: URL? = nil, environment: [String: String] = [:]) throws -> Result {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    process.executableURL = program ?? tests.appendingPathComponent("ferry")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaint, as: UTF8.self))
  }

  /// A scratch file with `bytes`, gone when `body` has returned.
  static func withFile<T>(_ bytes: [UInt8], suffix: String = "", _ body: (String) throws -> T) throws -> T {
    let path = "/tmp/ferry-test-\(UUID().uuidString)\(suffix)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private func expectLine(_ arguments: [String], status: Int32, _ text: String) throws {
    let result = try Self.ferry(arguments)
    #expect(result.status == status, "\(arguments): \(result.errors)")
    #expect(result.errors.hasPrefix("ferry: "), "\(arguments): \(result.errors)")
    #expect(result.errors.contains(text), "\(arguments): \(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [
    (["-qmp", "unix:"], "a socket needs a path, as in unix:PATH"),
    (["-qmp", "null"], "qmp: a control protocol needs a socket, a pty or stdio"),
    (["-mon", "mode=control"], "chardev=ID is missing"),
    (["-mon", "chardev=x,mode=controll"], "unknown -mon mode \"controll\"; did you mean \"control\"?"),
    (["-mon", "chardev=nobody,mode=control"], "unknown chardev \"nobody\""),
    (["-uuid", "one"], "expected one such as 550e8400-e29b-41d4-a716-446655440000"),
    (["ctl", "--completion", "fish"], "--completion: expected bash"),
    (["-kernal", "x"], "unknown option \"-kernal\"; did you mean \"-kernel\"?"),
    (["--nograpic"], "unknown option \"-nograpic\"; did you mean \"-nographic\"?"),
    (["run", "-M", "mircovm"], "unknown board \"mircovm\"; did you mean \"microvm\"?"),
    (["run", "-m"], "-m needs SIZE"),
    (["run", "-m", "lots"], "-m lots: expected a size such as 256M or 1G"),
    (["run", "-m", "9000G"], "more than this host's"),
    (["run", "-m", "512K"], "microvm takes 1M to 64G of RAM, not 512K"),
    (["run", "-smp", "0"], "-smp 0: expected a number of CPUs"),
    (["run", "-smp", "9"], "microvm takes 1 to 8 CPUs, not 9"),
    (["run", "-cpu", "core3"], "unknown CPU model \"core3\"; did you mean \"core2\"?"),
    (["run", "-M", "integratorcp", "-m", "2M"], "integratorcp takes 4M to 256M of RAM, not 2M"),
    (["run", "-M", "integratorcp", "-cpu", "arm92"], "unknown CPU model \"arm92\"; did you mean \"arm926\"?"),
    (["run", "-device", "loader"], "-device loader: needs file= or addr="),
    (["run", "-device", "loader,adr=1"], "did you mean \"addr\"?"),
    (["run", "-device", "isa-debug-ext"], "did you mean \"isa-debug-exit\"?"),
    (["run", "-device", "isa-debug-exit,iobas=1"], "did you mean \"iobase\"?"),
    (["run", "-serial", "stdoi"], "did you mean \"stdio\"?"),
    (["run", "-serial", "chardev:x"], "unknown chardev \"x\""),
    (["run", "-clock", "instrctions"], "did you mean \"instructions\"?"),
    (["run", "-accel", "qtets"], "did you mean \"qtest\"?"),
    (["run", "-accel", "qtest", "-clock", "host"], "-accel qtest has a clock of its own"),
    (["run", "-clock", "instructions", "-accel", "qtest"], "-accel qtest has a clock of its own"),
    (["run", "-qtest", "file:/tmp/x"], "qtest: a control protocol needs a socket"),
    (["run", "-display", "sld"], "did you mean \"sdl\"?"),
    (["run", "-display", "none,screenshoot=x"], "did you mean \"screenshot\"?"),
    (["run", "-display", "none,scale=2"], "-display none has no scale: that is for sdl"),
    (["run", "-display", "sdl,scale=0"], "expected 0.25 to 16"),
    (["run", "-display", "sdl,fullscreen=yes"], "expected on or off"),
    (["run", "-vga", "sdt"], "did you mean \"std\"?"),
    (["run", "-M", "integratorcp", "-vga", "std"], "-vga std: integratorcp has no VGA"),
    (["run", "-vga", "none", "-display", "none,screenshot=x"], "microvm has no display"),
    (["run", "-d", "unmaped"], "did you mean \"unmapped\"?"),
    (["run", "-drive", "file=x"], "-drive file=x: id=NAME is missing"),
    (["run", "-drive", "file=x,id=y,if=ds"], "did you mean \"sd\"?"),
    (["run", "-drive", "file=x,id=y,radonly=on"], "did you mean \"readonly\"?"),
    (["run", "-drive", "file=x,if=sd"], "microvm has no SD slot"),
    (["run", "-initrd", "x"], "-initrd needs -kernel"),
    (["run", "x"], "\"x\" is no option"),
    (["machins"], "machins"),
    (["machines", "microv"], "did you mean \"microvm\"?"),
    (["devices", "uart1655"], "did you mean \"uart16550\"?"),
    (["schema", "uart1655"], "did you mean \"uart16550\"?"),
    (["schema", "--format", "xml"], "xml"),
  ])
  func `arguments that cannot be used are one line and status 2`(arguments: [String], text: String) throws {
    try expectLine(arguments, status: 2, text)
  }

  @Test(arguments: [
    (["ctl", "/nowhere/s", "stop"], "unix:/nowhere/s: No such file or directory"),
    (["-qmp", "unix:/nowhere/s,server=on,wait=off"], "unix:/nowhere/s: No such file or directory"),
    (["-qmp", "unix:/nowhere/s"], "qmp: unix:/nowhere/s: No such file or directory"),
    (["run", "-kernel", "/nowhere/vmlinuz"], "kernel /nowhere/vmlinuz: No such file or directory"),
    (["run", "-kernel", "/tmp"], "kernel /tmp: is a directory"),
    (["run", "-bios", "/nowhere/bios"], "firmware /nowhere/bios: No such file or directory"),
    (["run", "-dtb", "/nowhere/x.dtb"], "device tree /nowhere/x.dtb: No such file or directory"),
    (["run", "-device", "loader,file=/nowhere/x"], "file /nowhere/x: No such file or directory"),
    (["run", "-device", "loader,addr=1T,data=1,data-len=1"], "loader data: 0x10000000000-0x10000000000 is not in"),
    (["run", "-M", "/nowhere/board.yaml"], "board file /nowhere/board.yaml: No such file or directory"),
    (["run", "-drive", "file=/nowhere/disk,id=d"], "drive d: /nowhere/disk: No such file or directory"),
    (["run", "-drive", "file=/tmp,id=d"], "drive d: /tmp: is a directory"),
    (["run", "-D", "/nowhere/log"], "log file /nowhere/log: No such file or directory"),
    (["run", "-serial", "file:/nowhere/x"], "serial0: cannot write /nowhere/x: No such file or directory"),
    (["run", "-qtest", "unix:/nowhere/at/all"], "qtest: unix:/nowhere/at/all: No such file or directory"),
    (["run", "-serial", "unix:/nowhere/x"], "serial0: unix:/nowhere/x: No such file or directory"),
  ])
  func `what the host does not have is one line and status 1`(arguments: [String], text: String) throws {
    try expectLine(arguments, status: 1, text)
  }

  @Test func `kernels that are none are told apart`() throws {
    try Self.withFile([]) { try expectLine(["run", "-kernel", $0], status: 1, "the file is empty") }
    try Self.withFile(Array("#!/bin/sh\n".utf8)) {
      try expectLine(["run", "-kernel", $0], status: 1, "neither a Linux bzImage nor an ELF")
    }
    let elf: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]
    try Self.withFile(elf) { try expectLine(["run", "-kernel", $0], status: 1, "truncated") }
    // One for another board.
    let arm = elf + [UInt8](repeating: 0, count: 9) + [2, 0, 40, 0] + [UInt8](repeating: 0, count: 32)
    try Self.withFile(arm) {
      try expectLine(["run", "-kernel", $0], status: 1, "is an ARM kernel; this board has an x86 CPU")
      try expectLine(["run", "-kernel", $0, "-dtb", $0], status: 1, "takes no device tree")
    }
    // A bzImage that ends within its setup code.
    var image = [UInt8](repeating: 0, count: 0x260)
    image[0x1f1] = 4
    image[0x1fe] = 0x55
    image[0x1ff] = 0xaa
    for (index, byte) in "HdrS".utf8.enumerated() { image[0x202 + index] = byte }
    image[0x206] = 0x0f
    image[0x207] = 0x02
    image[0x211] = 1
    try Self.withFile(image) { try expectLine(["run", "-kernel", $0], status: 1, "truncated") }
  }

  @Test func `a firmware of a size that no chip has is refused`() throws {
    try Self.withFile([UInt8](repeating: 0xf4, count: 1000)) {
      try expectLine(["run", "-bios", $0], status: 1, "multiple of 4096")
    }
  }

  @Test func `a malformed board file is refused with its place`() throws {
    try Self.withFile(Array("board: x\nversion: [\n".utf8), suffix: ".yaml") {
      try expectLine(["run", "-M", $0], status: 2, "\($0):")
    }
    try Self.withFile([0xff, 0xfe, 0x00], suffix: ".yaml") { try expectLine(["run", "-M", $0], status: 2, "\($0)") }
  }

  @Test func `machines, devices and schemas are printed`() throws {
    let machines = try Self.ferry(["machines"])
    #expect(machines.status == 0)
    #expect(machines.output.contains("microvm-1"))
    let map = try Self.ferry(["machines", "microvm"])
    #expect(map.output.contains("pic.irq4, ioapic0.pin4"))
    for format in ["text", "asn1", "json-schema"] {
      let schema = try Self.ferry(["schema", "microvm", "--format", format])
      #expect(schema.status == 0)
      #expect(schema.output.contains("i8259"))
    }
    #expect(try Self.ferry(["devices"]).output.contains("uart16550"))
    let chip = try Self.ferry(["devices", "uart16550"]).output
    #expect(chip.contains("registers:"))
    #expect(chip.contains("DLAB[7] SB[6] SP[5] EPS[4] PEN[3] STB[2] WLS[1:0]"))
    #expect(try Self.ferry(["run", "-help"]).output.contains("-kernel"))
  }

  @Test func `the built-in guest runs without a terminal and switches itself off`() throws {
    let result = try Self.ferry(["-nographic", "-clock", "instructions", "-append", "quiet run=cpu run=off"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("run: cpu"))
    #expect(result.errors.isEmpty)
  }

  @Test func `the last picture is kept as PNG`() throws {
    try Self.withFile([]) { path in
      let result = try Self.ferry([
        "-nographic", "-clock", "instructions", "-display", "none,screenshot=\(path)", "-append", "run=cpu run=off",
      ])
      #expect(result.status == 0, "\(result.errors)")
      let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      #expect(file.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      // 720 dots: 80 characters of 9 in a row.
      #expect(file.dropFirst(16).prefix(8) == [0, 0, 2, 0xd0, 0, 0, 1, 0x90])
      // Something is written on it.
      #expect(Set(file.dropFirst(50)).count > 2)
    }
    let refused = try Self.ferry([
      "-nographic", "-clock", "instructions", "-display", "none,screenshot=/nowhere/x", "-append", "quiet run=off",
    ])
    #expect(refused.status == 1)
    #expect(refused.errors == "ferry: screenshot /nowhere/x: No such file or directory\n")
  }

  @Test func `all pictures are kept with their times`() throws {
    try Self.withFile([]) { path in
      for name in [path + ".png", path + ".video"] {
        let result = try Self.ferry([
          "-nographic", "-clock", "instructions", "-display", "none,record=\(name)", "-append", "run=cpu run=off",
        ])
        defer { try? FileManager.default.removeItem(atPath: name) }
        #expect(result.status == 0, "\(result.errors)")
        let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: name)))
        if name.hasSuffix("png") {
          // The animation's control chunk follows the header; there is more than one picture.
          #expect(file.dropFirst(37).prefix(4) == Array("acTL".utf8)[...])
          #expect(file.dropFirst(41).prefix(4).reduce(0) { $0 << 8 | Int($1) } > 1)
        } else {
          #expect(file.prefix(8) == Array("FERRYVID".utf8)[...])
          #expect(file.count > 16 + 20 + 640 * 400 * 4)
        }
      }
    }
    let refused = try Self.ferry(["-nographic", "-display", "none,record=/nowhere/x.png"])
    #expect(refused.status == 1)
    #expect(refused.errors == "ferry: recording /nowhere/x.png: No such file or directory\n")
  }

  @Test func `where no window can be opened it says so, and goes on in the terminal`() throws {
    let result = try Self.ferry(
      ["-display", "sdl", "-clock", "instructions", "-append", "run=off"], environment: ["SDL_VIDEODRIVER": "nosuch"])
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("ferry: no window: "))
    #expect(result.errors.hasSuffix("; the terminal has the serial port instead\n"))
    #expect(result.output.contains("run: off"))
  }

  @Test func `by instruction count two runs print the same`() throws {
    let arguments = ["-nographic", "-clock", "instructions", "-append", "run=time run=irq run=off"]
    let first = try Self.ferry(arguments)
    #expect(first.status == 0)
    #expect(first.output == (try Self.ferry(arguments)).output)
  }

  @Test func `a triple fault ends with status 3 where resets end the program`() throws {
    let result = try Self.ferry(
      ["-nographic", "-no-reboot", "-clock", "instructions", "-append", "quiet run=crash"])
    #expect(result.status == 3)
    #expect(result.errors == "ferry: CPU 0: triple fault\n")
  }

  @Test func `a debug exit sets the status`() throws {
    let result = try Self.ferry([
      "-nographic", "-clock", "instructions", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-append",
      "quiet exit=0xf4 run=off",
    ])
    #expect(result.status == 1)
    #expect(result.errors.isEmpty)
  }
}
