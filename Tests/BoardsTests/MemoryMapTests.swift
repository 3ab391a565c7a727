import DeviceModel
import GuestMemory
import MachineSample
import Testing

@testable import Boards

@Suite struct `The memory of a board` {
  private static let flash: UInt64 = 0x2400_0000
  private static let control: UInt64 = 0x1000_000c

  private func refusal(_ memory: String) -> String {
    let text = "board: toy\nversion: 1\ncpu: {}\nmemory: \(memory)\ndevices: {rtc: {model: pl031}}\n"
    do throws(BoardError) {
      for board in try BoardReader(text, file: "toy").versions() { _ = try BoardMap(board: board, cpus: 1) }
      return "accepted"
    } catch {
      return error.message
    }
  }

  @Test func `RAM fills its windows in their order`() throws {
    let text = """
      board: toy
      version: 1
      cpu: {}
      memory: {default: 3M, maximum: 8M, ram: {one: {at: 0, size: 2M}, two: {at: 0x40000000, aliases: [0x50000000]}}}
      devices: {}
      """
    let board = try BoardReader(text, file: "toy").versions()[0]
    let machine = try MachineBuilder(board: board, setup: MachineSetup(), host: QuietHost()).build()
    machine.memory.write(0x11, 0x1f_ffff, width: 1)
    machine.memory.write(0x22, 0x4000_0000, width: 1)
    #expect(machine.memory.read(0x5000_0000, width: 1) == 0x22)
    #expect(machine.memory.read(0x5010_0000, width: 1) == 0xff)
    #expect(machine.memory.read(0x20_0000, width: 1) == 0xff)
    #expect(machine.ram.unguarded.load(fromByteOffset: 0x1f_ffff, as: UInt8.self) == 0x11)
    #expect(machine.ram.unguarded.load(fromByteOffset: 0x20_0000, as: UInt8.self) == 0x22)
  }

  @Test func `after a reset flash answers at 0, and RAM where the core module maps it`() throws {
    let machine = try Integrator.machine()
    try machine.useFirmware(name: "monitor", [1, 2, 3, 4, 5])
    try machine.powerOn()
    #expect(machine.memory.read(0, width: 4) == 0x0403_0201)
    #expect(machine.memory.read(Self.flash, width: 8) == 0xffff_ff05_0403_0201)
    // Stores do not reach the RAM behind it, nor the flash; the alias of RAM is another way there.
    machine.memory.write(0x99, 0, width: 4)
    machine.memory.write(0x77, 0x8000_0000, width: 4)
    #expect(machine.memory.read(0, width: 4) == 0x0403_0201)
    machine.memory.write(4, Self.control, width: 4)
    #expect(machine.memory.read(0, width: 4) == 0x77)
    #expect(machine.memory.read(Self.flash, width: 4) == 0x0403_0201)
    machine.memory.write(0, Self.control, width: 4)
    #expect(machine.memory.read(0, width: 4) == 0x0403_0201)
  }

  @Test func `a system reset restores the map that the machine began with`() throws {
    let machine = try Integrator.machine()
    try machine.useFirmware(name: "monitor", [1, 2, 3, 4])
    try machine.powerOn()
    machine.memory.write(4, Self.control, width: 4)
    machine.reset("test", byGuest: false)
    #expect(machine.memory.read(0, width: 4) == 0x0403_0201)
    // A kernel begins as a boot monitor would have started it, each time.
    let direct = try Integrator.machine()
    try direct.useKernel(BootRequest(kernel: .init(name: "flat", bytes: [0, 0, 0xa0, 0xe1] + Array(0..<60))))
    try direct.powerOn()
    for _ in 0..<2 {
      #expect(direct.memory.read(Self.control, width: 4) & 4 == 4)
      #expect(direct.memory.read(0x10000, width: 4) == 0xe1a0_0000)
      direct.memory.write(0, Self.control, width: 4)
      direct.memory.write(0, 0x10000, width: 4)
      direct.reset("test", byGuest: false)
    }
  }

  @Test func `a loaded state brings its map along`() throws {
    let remapped = try Integrator.machine()
    try remapped.powerOn()
    let flashed = try Integrator.machine()
    try flashed.useFirmware(name: "monitor", [1, 2, 3, 4])
    try flashed.powerOn()
    let tree = flashed.save()
    try flashed.load(remapped.save())
    #expect(flashed.memory.read(0, width: 4) == 0)
    try flashed.load(tree)
    #expect(flashed.memory.read(0, width: 4) == 0x0403_0201)
  }

  @Test func `places where nothing answers have the board's names`() throws {
    let machine = try Integrator.machine()
    #expect(machine.memory.place(of: 0xd000_0000) == "logic-modules")
    #expect(machine.memory.place(of: 0x1200_0010) == "ebi")
    #expect(machine.memory.place(of: 0x4000_0000) == "between flash and sdram-alias")
    #expect(machine.memory.place(of: 0xcc00_1000) == "between virtio7.registers and logic-modules")
  }

  @Test func `an access of a guest that nothing answers aborts, and is told with the place's name`() throws {
    let told = Told()
    let machine = try Integrator.machine()
    let log = told.log(machine, .unmapped)
    defer { withExtendedLifetime(log) {} }
    // mov r0, #0xd0000000; ldr r1, [r0]
    let code: [UInt8] = [0x0d, 0x02, 0xa0, 0xe3, 0x00, 0x10, 0x90, 0xe5]
    try machine.useKernel(BootRequest(kernel: .init(name: "flat", bytes: code + [UInt8](repeating: 0, count: 32))))
    try machine.powerOn()
    _ = machine.run(instructions: 2)
    #expect(told.lines == ["unmapped: memory: read 4 bytes at 0xd0000000 (logic-modules)"])
    #expect(machine.arm[0].state.cpsr & 0x1f == 0x17)
  }

  @Test(arguments: [
    ("{ram: {a: {at: 0, size: 1M}}, default: 1M, maximum: 2M}", "memory: ram: there are windows for 1M of 2M"),
    ("{ram: {a: {at: 0}, b: {at: 1G}}}", "b: the windows before it hold all of the maximum"),
    ("{ram: {a: {at: 0x10}}}", "at: 0x10 is no page's address"),
    ("{ram: {a: {at: 0, size: 1234567}}}", "size: is not in whole pages of 4K"),
    ("{ram: {a: {size: 1M}}}", "a: at: is missing"),
    ("{ram: {a: {at: 0xffffffffffff000}}}", "at: 0xffffffffffff000 is beyond the memory space"),
    ("{ram: {a: {at: 0, alias: 1G}}}", "unknown key \"alias\"; did you mean \"aliases\"?"),
    (
      "{maximum: 64M, default: 64M, ram: {a: {at: 0, aliases: 32M}}}",
      "a at 0x2000000-0x5ffffff overlaps a at 0x0-0x3ffffff"
    ),
    ("{maximum: 1G}", "ram at 0x0-0x3fffffff overlaps rtc.registers at 0x15000000-0x15000fff"),
    ("{maximum: 16M, default: 16M, roms: {f: {at: 0}}}", "f: size: is missing"),
    ("{maximum: 16M, default: 16M, roms: {f: {at: 0, size: 4K}}}", "ram at 0x0-0xffffff overlaps f at 0x0-0xfff"),
    (
      "{maximum: 16M, default: 16M, roms: {f: {at: 1G, size: 4K, boot: {at: 0, size: 8K}}}}",
      "f: boot is larger than the ROM"
    ),
    (
      "{maximum: 16M, default: 16M, holes: {h: {at: 0x15000000, size: 4K}}}",
      "h at 0x15000000-0x15000fff overlaps rtc.registers at 0x15000000-0x15000fff"
    ),
    ("{maximum: 16M, default: 16M, holes: {ram: {at: 0, size: 4K}}}", "there are two places of memory called \"ram\""),
    ("{maximum: 16M, default: 16M, roms: {f: {at: 1G, size: 2G}}}", "f: a ROM has 1G at most, not 2G"),
  ])
  func `what cannot be is refused`(memory: String, message: String) {
    #expect(refusal(memory) == message)
  }

  @Test func `x86 CPUs need RAM at 0`() throws {
    let text = Bench.text.replacing("holes:", with: "ram: {a: {at: 1G}}, holes:")
    let board = try BoardReader(text, file: "toy").versions()[0]
    #expect(throws: BoardError.self) { try BoardMap(board: board, cpus: 1) }
  }
}
