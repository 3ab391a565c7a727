import Engine
import Foundation
import GuestMemory
import Testing

@testable import ARM

/// One CPU with RAM from address 0 and nothing else, for programs of a few instructions.
final class TestMachine {
  /// Where programs go that name no other place.
  static let start: UInt32 = 0x1000

  let memory = AddressSpace(name: "memory", openBus: 0)
  let code: CodeCache<Instruction>
  let ram: RAMBlock
  let cpu: ARMCPU
  /// The names of the exceptions that were taken.
  private(set) var exceptions: [String] = []

  /// A machine whose CPU is in supervisor mode in ARM state, interrupts masked, MMU off, r13 at 0x8000.
  init(
    size: Int = 1 << 20, model: CPUModel = CPUModel.all[0], code: CodeCache<Instruction> = CodeCache(),
    translates: Bool = translates
  ) throws {
    self.code = code
    ram = try RAMBlock(name: "ram", size: size)
    memory.map(Region("ram", base: 0, size: UInt64(size), content: .memory(ram, offset: 0)))
    cpu = ARMCPU(model: model, index: 0, memory: memory, code: code)
    cpu.log(.interrupts) { [unowned self] in
      if case .interrupt(let taken) = $0 { exceptions.append(taken.name ?? "") }
    }
    change { $0.r[13] = 0x8000 }
    if translates { try cpu.translateCode(after: 0) }
  }

  /// With FERRY_ACCEL=jit in the environment all tests that execute anything do it with the translator.
  static let translates = ProcessInfo.processInfo.environment["FERRY_ACCEL"] == "jit" && ARMCPU.canTranslate

  /// Changes the state the way a load of a snapshot would.
  func change(_ body: (inout ARMState) -> Void) {
    var state = cpu.state
    body(&state)
    cpu.state = state
    cpu.settle()
  }

  /// Goes to another mode, with its registers; `thumb` sets the T bit.
  func enter(_ mode: Mode, thumb: Bool = false, flags: UInt32 = Flag.i | Flag.f) {
    cpu.view.setCPSR(UInt32(mode.rawValue) | flags | (thumb ? Flag.t : 0))
  }

  /// Sets the program counter; bit 0 says Thumb state, as BX has it.
  func jump(to address: UInt32) {
    change {
      $0.pc = address & ~1
      $0.cpsr = $0.cpsr & ~Flag.t | (address & 1 != 0 ? Flag.t : 0)
    }
  }

  /// Puts words at `address` the way a device's DMA would.
  func load(_ words: [UInt32], at address: UInt32 = start) {
    memory.store(
      words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }, at: UInt64(address))
  }

  /// The same for halfwords: Thumb code.
  func load(thumb halves: [UInt16], at address: UInt32 = start) {
    memory.store(
      halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }, at: UInt64(address))
  }

  /// Loads ARM code at `start`, begins there and executes `count` instructions: as many as there are words, where
  /// that is not given.
  @discardableResult
  func run(_ words: [UInt32], _ count: Int? = nil) -> ProcessorExit {
    load(words)
    jump(to: Self.start)
    return cpu.run(count ?? words.count)
  }

  /// The same for Thumb code.
  @discardableResult
  func run(thumb halves: [UInt16], _ count: Int? = nil) -> ProcessorExit {
    load(thumb: halves)
    jump(to: Self.start | 1)
    return cpu.run(count ?? halves.count)
  }

  /// r0 to r14 of the present mode; 15 is the address of the next instruction.
  subscript(register: Int) -> UInt32 {
    get { register == 15 ? cpu.state.pc : cpu.state.r[register] }
    set { change { $0.r[register] = newValue } }
  }

  /// The word at an address.
  func word(_ address: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: memory.read(UInt64(address), width: 4)) }
}
