import DeviceModel
import GuestMemory
import Testing

@testable import Boards

/// What a machine tells its log.
@Suite struct LogTests {
  /// Words with one space between them.
  private static func plain(_ lines: [String]) -> [String] {
    lines.map { $0.split(separator: " ").joined(separator: " ") }
  }

  /// An Integrator that begins with these instructions, at 0x10000 after what a boot monitor leaves.
  private static func integrator(_ words: [UInt32]) throws -> Machine {
    let machine = try Integrator.machine()
    let code = (words + [0xeaff_fffe]).flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    let kernel = code + [UInt8](repeating: 0, count: 64)
    try machine.useKernel(BootRequest(kernel: .init(name: "flat", bytes: kernel)))
    try machine.powerOn()
    return machine
  }

  @Test func `x86 tells interrupts and exceptions with where they return to`() throws {
    // int 0x21, whose handler at 0:0 is an undefined instruction
    let machine = try Bench.machine([0xcd, 0x21])
    machine.memory.store([0x0f, 0x0b], at: 0x500)
    machine.memory.store([0x00, 0x05, 0, 0], at: 0x21 * 4)
    let told = Told()
    let log = told.log(machine, .int)
    _ = machine.run(instructions: 2)
    #expect(
      told.lines == ["int: cpu0: software interrupt 0x21, at 0x7c02", "int: cpu0: exception 0x6 #UD, at 0x500"])
    #expect(told.fields.last?["name"] == .string("#UD"))
    #expect(told.fields.last?["pc"] == .string("0x500"))
    log.select(LogSelection())
  }

  @Test func `ARM tells exceptions with status and address`() throws {
    // svc 0; at the vector of which, in RAM after remapping, is whatever: only the first is looked at.
    let machine = try Self.integrator([0xef00_0000])
    let told = Told()
    let log = told.log(machine, .int)
    _ = machine.run(instructions: 1)
    #expect(told.lines.first == "int: cpu0: software interrupt 0x2 softwareInterrupt, at 0x10000")
    log.select(LogSelection())
  }

  @Test func `code is told when it is decoded, and once more when the item comes later`() throws {
    // inc ax; jmp to it
    let machine = try Bench.machine([0x40, 0xeb, 0xfd])
    let told = Told()
    let log = told.log(machine, .inAsm)
    let code = ["in_asm: cpu0: 0x7c00: 40 inc ax", "in_asm: cpu0: 0x7c01: eb fd jmp 0x7c00"]
    _ = machine.run(instructions: 10)
    #expect(Self.plain(told.lines) == code)
    log.select(LogSelection())
    told.clear()
    _ = machine.run(instructions: 10)
    #expect(told.lines.isEmpty)
    var again = LogSelection()
    again.insert(.inAsm, of: "cpu0")
    log.select(again)
    _ = machine.run(instructions: 10)
    #expect(Self.plain(told.lines) == code)
  }

  @Test func `each block is told as it is executed`() throws {
    let machine = try Bench.machine([0x40, 0xeb, 0xfd])
    let told = Told()
    let log = told.log(machine, .exec)
    _ = machine.run(instructions: 5)
    #expect(
      told.lines == [
        "exec: cpu0: 0x7c00, 2 instructions", "exec: cpu0: 0x7c00, 2 instructions", "exec: cpu0: 0x7c00, 1 instruction",
      ])
    told.clear()
    let arm = try Self.integrator([0xe280_0001, 0xeaff_fffd])
    let other = told.log(arm, .exec)
    _ = arm.run(instructions: 4)
    #expect(
      told.lines == ["exec: cpu0: 0x10000, 2 instructions", "exec: cpu0: 0x10000, 2 instructions"])
    withExtendedLifetime((log, other)) {}
  }

  @Test func `a machine that is logged does what one does that is not`() throws {
    // cld; mov di, 0x500; mov cx, 300; rep stosb; inc ax; jmp to the start
    let code: [UInt8] = [0xfc, 0xbf, 0x00, 0x05, 0xb9, 0x2c, 0x01, 0xf3, 0xaa, 0x40, 0xeb, 0xf4]
    let quiet = try Bench.machine(code)
    let logged = try Bench.machine(code)
    let told = Told()
    let log = told.log(logged, .exec, .int, .mmu, .irq, .inAsm, .guestErrors, .unmapped)
    for _ in 0..<50 {
      _ = quiet.run(instructions: 997)
      _ = logged.run(instructions: 997)
    }
    #expect(quiet.save() == logged.save())
    #expect(told.lines.count > 100)
    let arms = [
      try Self.integrator([0xe280_0001, 0xe580_1000, 0xeaff_fffc]),
      try Self.integrator([0xe280_0001, 0xe580_1000, 0xeaff_fffc]),
    ]
    let other = told.log(arms[1], .exec, .mmu)
    for arm in arms { _ = arm.run(instructions: 50_000) }
    #expect(arms[0].save() == arms[1].save())
    withExtendedLifetime((log, other)) {}
  }

  @Test func `what changes or misses a translation is told`() throws {
    // mov r0, #0x4000; mcr: table; mvn r1, #0; mrc/orr control; mcr: MMU on with an empty table
    let machine = try Self.integrator([
      0xe3a0_0901, 0xee02_0f10, 0xee11_1f10, 0xe381_1001, 0xee01_1f10,
    ])
    machine.memory.store([UInt8](repeating: 0, count: 0x4000), at: 0x4000)
    let told = Told()
    let log = told.log(machine, .mmu)
    _ = machine.run(instructions: 6)
    #expect(
      told.lines.prefix(5) == [
        "mmu: cpu0: ttbr = 0x4000", "mmu: cpu0: translations are forgotten", "mmu: cpu0: control = 0x50079",
        "mmu: cpu0: translations are forgotten", "mmu: cpu0: no execute at 0x10014, status 0x5",
      ])
    // mov cr3, eax
    told.clear()
    let pc = try Bench.machine([0x0f, 0x22, 0xd8])
    let other = told.log(pc, .mmu)
    _ = pc.run(instructions: 1)
    #expect(told.lines == ["mmu: cpu0: cr3 = 0x0", "mmu: cpu0: translations are forgotten"])
    withExtendedLifetime((log, other)) {}
  }

  /// Asks for the transmitter's interrupt, through OUT2.
  private static func raise(_ machine: Machine) {
    machine.ports.write(8, 0x3fc, width: 1)
    machine.ports.write(2, 0x3f9, width: 1)
  }

  @Test(arguments: [("serial0", 1), ("pic", 1), ("rtc", 0)])
  func `a change of a wire is told for the device at either end`(device: String, count: Int) throws {
    let machine = try Bench.machine()
    let told = Told()
    let log = told.log(machine)
    var selection = LogSelection()
    selection.insert(.irq, of: device)
    log.select(selection)
    Self.raise(machine)
    Self.raise(machine)
    #expect(told.lines == Array(repeating: "irq: serial0: serial0.irq to pic.irq4: high", count: count))
  }

  @Test func `accesses that fit no register are the guest's mistakes`() throws {
    let machine = try Bench.machine()
    let told = Told()
    let log = told.log(machine, .guestErrors)
    machine.ports.write(1, 0x3fd, width: 1)
    _ = machine.memory.read(0xfec0_0020, width: 4)
    machine.memory.write(1, 0xfec0_0010, width: 2)
    machine.memory.write(1, 0xfec0_0000, width: 1)
    _ = machine.ports.read(0x43, width: 1)
    machine.ports.write(0x80, 0x64, width: 1)
    #expect(
      told.lines == [
        "guest_errors: serial0: write of 0x1 to LSR at registers offset 0x5: it is read-only",
        "guest_errors: ioapic0: read, 4 bytes, at registers offset 0x20: there is no register",
        "guest_errors: ioapic0: write of 0x1 to IOWIN at registers offset 0x10: 2 bytes of 4",
        "guest_errors: pit: read of CONTROL at counters offset 0x3: it is write-only",
        "guest_errors: keyboard: unknown command 0x80",
      ])
    withExtendedLifetime(log) {}
  }

  @Test func `being listened to changes no access`() throws {
    let machine = try Bench.machine()
    func look() -> [UInt64] {
      machine.ports.write(0x1b, 0x3ff, width: 1)
      machine.ports.write(0x8003_0201, 0x3fc, width: 4)
      machine.memory.write(0x1234, 0xfec0_0001, width: 1)
      return [1, 2, 4].flatMap { width in
        [machine.ports.read(0x3f8, width: width), machine.ports.read(0x3fc, width: width)]
          + [machine.memory.read(0xfec0_0000, width: width), machine.memory.read(0xfec0_0002, width: 2)]
      }
    }
    let before = look()
    let log = Told().log(machine, .guestErrors, .unmapped, .unimp)
    #expect(look() == before)
    log.select(LogSelection())
    #expect(look() == before)
  }

  @Test func `what a device has not is told`() throws {
    let machine = try Bench.machine()
    let told = Told()
    let log = told.log(machine, .unimp)
    machine.ports.write(0xac, 0x64, width: 1)
    #expect(told.lines == ["unimp: keyboard: command 0xac"])
    withExtendedLifetime(log) {}
  }

  @Test func `what nothing answers is told with all there is to know`() throws {
    let machine = try Bench.machine()
    let told = Told()
    let log = told.log(machine, .unmapped)
    machine.memory.write(0x1234, 0xa0010, width: 2)
    #expect(told.lines == ["unmapped: memory: write 0x1234, 2 bytes at 0xa0010 (video-window)"])
    let fields = try #require(told.fields.first)
    #expect(fields["address"] == .string("0xa0010"))
    #expect(fields["value"] == .string("0x1234"))
    #expect(fields["width"].map { "\($0)" } == "2")
    #expect(fields["time"].map { "\($0)" } == "0")
    withExtendedLifetime(log) {}
  }

  @Test func `resets are told`() throws {
    let machine = try Bench.machine()
    let told = Told()
    let log = told.log(machine, .reset)
    machine.reset("somebody fell over the cable", byGuest: false)
    #expect(told.lines == ["reset: machine: somebody fell over the cable"])
    withExtendedLifetime(log) {}
  }

  @Test func `a log that is off leaves nothing behind`() throws {
    let machine = try Bench.machine()
    let log = Told().log(machine, .inAsm, .exec, .int, .mmu, .irq, .guestErrors, .unimp, .unmapped)
    log.select(LogSelection())
    #expect(machine.memory.onUnmapped == nil && machine.ports.onUnmapped == nil)
    #expect(machine.sites.allSatisfy { $0.onGuestError == nil && $0.onUnimplemented == nil })
    #expect(machine.wires.allSatisfy { wire in wire.gate.taps.allSatisfy { $0 == nil } })
    for place in machine.registers {
      guard case .device(let target, _, _) = place.region.content else { continue }
      #expect(target === machine.devices.first { $0.name == place.device }?.device)
    }
  }
}
