import DeviceModel
import Engine
import Foundation
import GuestMemory
import Testing

@testable import X86

/// One CPU with RAM from address 0 and nothing else, for programs of a few bytes.
final class TestMachine {
  let memory = AddressSpace(name: "memory")
  let ports = AddressSpace(name: "ports")
  let clock = VirtualClock()
  let code: CodeCache<Instruction>
  let ram: RAMBlock
  let cpu: X86CPU

  /// A machine whose CPU is in flat 32-bit protected mode at privilege 0, paging off, ESP at 0x8000.
  init(
    size: Int = 1 << 20, model: String = "max", code: CodeCache<Instruction> = CodeCache(),
    translates: Bool = translates
  ) throws {
    self.code = code
    ram = try RAMBlock(name: "ram", size: size)
    memory.map(Region("ram", base: 0, size: UInt64(size), content: .memory(ram, offset: 0)))
    let site = Site(name: "cpu0", clock: clock, memory: memory)
    let record = try #require(CPUModel.named(model))
    cpu = X86CPU(model: record, index: 0, memory: memory, ports: ports, code: code, site: site)
    var state = cpu.state
    state.cr0 = 0x11
    for index in 0..<6 {
      state.segments[index] = SegmentRegister(
        selector: index == 1 ? 8 : 16, attributes: index == 1 ? 0xc09b : 0xc093, base: 0, limit: 0xffff_ffff)
    }
    state.gpr[4] = 0x8000
    cpu.state = state
    cpu.settle()
    if translates { try cpu.translateCode(after: 0) }
  }

  /// With FERRY_ACCEL=jit in the environment all tests that execute anything do it with the translator.
  static let translates = ProcessInfo.processInfo.environment["FERRY_ACCEL"] == "jit" && X86CPU.canTranslate

  /// Puts `bytes` at `address` the way a device's DMA would.
  func load(_ bytes: [UInt8], at address: UInt64 = 0x1000) { memory.store(bytes, at: address) }

  /// Sets EIP.
  func jump(to address: UInt64) {
    var state = cpu.state
    state.rip = address
    cpu.state = state
    cpu.settle()
  }

  /// Loads `bytes` at 0x1000, begins there and executes `count` instructions.
  @discardableResult
  func run(_ bytes: [UInt8], _ count: Int) -> ProcessorExit {
    load(bytes)
    jump(to: 0x1000)
    return cpu.run(count)
  }

  subscript(register: Int) -> UInt64 { cpu.state.gpr[register] }
}
