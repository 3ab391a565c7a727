import DeviceModel

/// Room for one instruction that cannot be cached, because no RAM is behind it.
struct ScratchBlock: HostSide {
  let block: UnsafeMutablePointer<Block>
  private let instructions: UnsafeMutablePointer<Instruction>

  init() {
    instructions = .allocate(capacity: 2)
    instructions.initialize(repeating: Instruction(handler: X86CPU.endOfBlock), count: 2)
    block = .allocate(capacity: 1)
    block.initialize(
      to: Block(
        host: UnsafeMutableRawPointer(instructions), secondHost: nil, instructions: instructions, count: 1, length: 0,
        mode: 0, isValid: false))
  }

  func deallocate() {
    instructions.deallocate()
    block.deallocate()
  }
}
