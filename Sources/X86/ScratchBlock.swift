import DeviceModel

/// A block outside the code cache: one instruction that no RAM is behind, or the first few of a block that is
/// not to be run to its end.
struct ScratchBlock: HostSide {
  let block: UnsafeMutablePointer<Block>
  private let instructions: UnsafeMutablePointer<Instruction>

  init() {
    let capacity = CPU.longestBlock + 1
    instructions = .allocate(capacity: capacity)
    instructions.initialize(repeating: Instruction(handler: X86CPU.endOfBlock), count: capacity)
    block = .allocate(capacity: 1)
    block.initialize(
      to: Block(
        host: UnsafeMutableRawPointer(instructions), secondHost: nil, instructions: instructions, count: 1, length: 0,
        mode: 0, isValid: false))
  }

  /// The first `limit` instructions of `whole`, with an end after them.
  func copy(_ whole: UnsafeMutablePointer<Block>, limit: Int) -> UnsafeMutablePointer<Block> {
    let count = min(limit, Int(whole.pointee.count))
    instructions.update(from: whole.pointee.instructions, count: count + 1)
    instructions[count].handler = X86CPU.endOfBlock
    // The same identity: who invalidates the whole finds its running part.
    block.pointee.host = whole.pointee.host
    block.pointee.mode = whole.pointee.mode
    block.pointee.secondHost = whole.pointee.secondHost
    block.pointee.count = Int32(count)
    block.pointee.length = whole.pointee.length
    return block
  }

  func deallocate() {
    instructions.deallocate()
    block.deallocate()
  }
}
