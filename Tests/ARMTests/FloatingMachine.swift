import Engine
import GuestMemory

@testable import ARM

/// One CPU with 64 KiB of RAM whose VFP is enabled, and that executes single instructions where they are put: decoded,
/// bound and called as in a block.
final class FloatingMachine {
  private let memory = AddressSpace(name: "memory", openBus: 0)
  private let cpu: ARMCPU
  private let block: UnsafeMutablePointer<Instruction>
  private var bits: UInt32?

  init(model: CPUModel = CPUModel.all[0]) {
    cpu = ARMCPU(model: model, index: 0, memory: memory, code: CodeCache())
    block = .allocate(capacity: 2)
    (block + 1).initialize(to: Instruction(handler: CPU.endOfBlock))
    state.vfp.fpexc = FPEXC.enable
  }

  /// The same with RAM.
  convenience init(ram: RAMBlock) {
    self.init()
    memory.map(Region("ram", base: 0, size: UInt64(ram.size), content: .memory(ram, offset: 0)))
  }

  deinit { block.deallocate() }

  /// The CPU's registers.
  var state: ARMState {
    get { cpu.storage.core.pointee.state }
    set { cpu.storage.core.pointee.state = newValue }
  }
  var vfp: VFPState {
    get { cpu.storage.core.pointee.state.vfp }
    set { cpu.storage.core.pointee.state.vfp = newValue }
  }

  /// Sets a single register to a number.
  func setSingle(_ index: Int, _ value: Float) { vfp.s[index] = value.bitPattern }
  func single(_ index: Int) -> Float { Float(bitPattern: vfp.s[index]) }
  /// Sets a double register to a number.
  func setDouble(_ index: Int, _ value: Double) { vfp.write(2 * index, value.bitPattern) }
  func double(_ index: Int) -> Double { Double(bitPattern: vfp.read(2 * index, UInt64.self)) }

  /// The condition flags, as in CPSR.
  var flags: UInt32 { cpu.view.cpsr & 0xf000_0000 }

  /// Enters the mode.
  func enter(_ mode: Mode) { cpu.view.setCPSR(UInt32(mode.rawValue) | Flag.i | Flag.f) }

  /// Executes an instruction.
  ///
  /// - Returns: the exception that it raised.
  @discardableResult
  func execute(_ bits: UInt32) -> PendingFault.Kind? {
    if bits != self.bits {
      self.bits = bits
      var instruction = Decoder.arm.decode(bits, handler: CPU.endOfBlock)
      cpu.view.bind(&instruction)
      block.initialize(to: instruction)
    }
    let outcome = block.pointee.handler(UnsafeMutableRawPointer(cpu.storage.core), UnsafeRawPointer(block))
    return outcome == Outcome.fault ? cpu.storage.core.pointee.fault.kind : nil
  }

  func word(_ address: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: memory.read(UInt64(address), width: 4)) }
  func setWord(_ address: UInt32, _ value: UInt32) { memory.write(UInt64(value), UInt64(address), width: 4) }
}
