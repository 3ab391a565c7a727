public import DeviceModel

/// A block outside the code cache: one instruction that no RAM is behind, or the first few of a block that is
/// not to be run to its end.
public struct ScratchBlock<Instruction: BitwiseCopyable>: HostSide {
  /// The block; it is not valid, so that nobody remembers it.
  public let block: UnsafeMutablePointer<Block<Instruction>>
  @usableFromInline let instructions: UnsafeMutablePointer<Instruction>

  /// Room for `capacity` instructions and the mark `end` after them.
  @inlinable public init(capacity: Int, end: Instruction) {
    instructions = .allocate(capacity: capacity + 1)
    instructions.initialize(repeating: end, count: capacity + 1)
    block = .allocate(capacity: 1)
    block.initialize(
      to: Block(
        host: UnsafeMutableRawPointer(instructions), instructions: instructions, count: 1, length: 0, mode: 0,
        isValid: false))
  }

  /// Takes `instruction` as the only one, `length` bytes long.
  @inlinable public func set(_ instruction: Instruction, end: Instruction, length: Int, mode: UInt32) {
    instructions[0] = instruction
    instructions[1] = end
    block.pointee.count = 1
    block.pointee.length = Int32(truncatingIfNeeded: length)
    block.pointee.mode = mode
  }

  /// The first `limit` instructions of `whole`, and `mark` of the instruction after them.
  @inlinable public func copy(
    _ whole: UnsafeMutablePointer<Block<Instruction>>, limit: Int, mark: (inout Instruction) -> Void
  ) -> UnsafeMutablePointer<Block<Instruction>> {
    let count = min(limit, Int(whole.pointee.count))
    instructions.update(from: whole.pointee.instructions, count: count + 1)
    mark(&instructions[count])
    // The same identity: who invalidates the whole finds its running part.
    block.pointee.host = whole.pointee.host
    block.pointee.mode = whole.pointee.mode
    block.pointee.secondHost = whole.pointee.secondHost
    block.pointee.count = Int32(count)
    block.pointee.length = whole.pointee.length
    return block
  }

  /// Gives the memory back; nobody may run the block any more.
  @inlinable public func deallocate() {
    instructions.deallocate()
    block.deallocate()
  }
}
