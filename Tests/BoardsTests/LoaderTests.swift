import Engine
import Testing

@testable import Boards

@Suite struct `The generic loader` {
  private func request(_ properties: [String: String]) throws -> LoaderRequest {
    try LoaderRequest(DeviceRequest(model: "loader", properties: properties))
  }

  private func refusal(_ properties: [String: String]) -> String {
    do {
      _ = try request(properties)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a flat file goes where addr says, and a CPU begins there`() throws {
    let machine = try Integrator.machine()
    // mov r0, #5; b .
    let code: [UInt8] = [0x05, 0x00, 0xa0, 0xe3, 0xfe, 0xff, 0xff, 0xea]
    try machine.useLoader(
      try request(["file": "code.bin", "addr": "0x4000", "cpu-num": "0"]),
      contents: .init(name: "code.bin", bytes: code))
    try machine.powerOn()
    #expect(machine.arm[0].state.pc == 0x4000)
    _ = machine.run(instructions: 3)
    #expect(machine.arm[0].state.r[0] == 5)
    #expect(machine.arm[0].state.pc == 0x4004)
  }

  @Test func `a CPU of a PC begins as a kernel would`() throws {
    let machine = try Bench.machine { $0.noReboot = true }
    // mov eax, 0x12345678; hlt
    let code: [UInt8] = [0xb8, 0x78, 0x56, 0x34, 0x12, 0xf4]
    try machine.useLoader(
      try request(["file": "f", "addr": "0x200000", "cpu-num": "0"]), contents: .init(name: "f", bytes: code))
    try machine.powerOn()
    #expect(machine.run(instructions: 10) == .halted)
    #expect(machine.x86[0].state.gpr[0] == 0x1234_5678)
  }

  @Test func `data has as many bytes as data-len says, little endian unless told otherwise`() throws {
    let machine = try Integrator.machine()
    try machine.useLoader(try request(["addr": "0x100", "data": "0x1234", "data-len": "4"]))
    try machine.useLoader(try request(["addr": "0x104", "data": "0x1234", "data-len": "4", "data-be": "on"]))
    try machine.powerOn()
    #expect(machine.memory.read(0x100, width: 8) == 0x3412_0000_0000_1234)
    machine.memory.write(0, 0x100, width: 4)
    machine.reset("test", byGuest: false)
    #expect(machine.memory.read(0x100, width: 4) == 0x1234)
  }

  @Test func `an ELF goes where its segments say, a raw one where addr says`() throws {
    let machine = try Integrator.machine()
    let elf = FirmwareSample.elf(code: [1, 2, 3, 4], at: 0x9000, machine: 40)
    try machine.useLoader(try request(["file": "e"]), contents: .init(name: "e", bytes: elf))
    try machine.useLoader(
      try request(["file": "e", "addr": "0x20000", "force-raw": "on"]), contents: .init(name: "e", bytes: elf))
    try machine.powerOn()
    #expect(machine.memory.read(0x9000, width: 4) == 0x0403_0201)
    #expect(machine.memory.read(0x20000, width: 4) == 0x464c_457f)
  }

  @Test func `it may fill the flash`() throws {
    let machine = try Integrator.machine()
    try machine.useLoader(try request(["addr": "0x24000010", "data": "7", "data-len": "1"]))
    try machine.powerOn()
    #expect(machine.memory.read(0x2400_0010, width: 2) == 0xff07)
  }

  @Test(
    arguments: [
      ([:], "needs file= or addr="),
      (["addr": "1"], "addr= needs data= or cpu-num="),
      (["addr": "x", "cpu-num": "0"], "addr=x: expected a number"),
      (["addr": "1", "data": "5"], "data= needs data-len=, 1 to 8 bytes"),
      (["addr": "1", "data": "256", "data-len": "1"], "data=256 does not fit into 1 bytes"),
      (["file": "f", "data": "1", "data-len": "1"], "file= and data= exclude each other"),
      (["file": "f", "adr": "1"], "unknown property \"adr\"; did you mean \"addr\"?"),
      (["file": "f", "force-raw": "maybe"], "force-raw=maybe: expected on or off"),
    ] as [([String: String], String)])
  func `what does not fit together is refused`(properties: [String: String], message: String) {
    #expect(refusal(properties) == "-device loader: \(message)")
  }

  @Test func `where there is no memory nothing is loaded`() throws {
    let machine = try Integrator.machine()
    #expect(throws: BootError.nowhere(what: "loader data", range: 0x3000_0000..<0x3000_0001)) {
      try machine.useLoader(try request(["addr": "0x30000000", "data": "1", "data-len": "1"]))
    }
    #expect(throws: BootError.self) { try machine.useLoader(try request(["addr": "0", "cpu-num": "1"])) }
  }
}
