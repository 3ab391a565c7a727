/// What an engine holds of the guest's code.
public struct CodeStatistics: Sendable, Equatable {
  /// Decoded blocks that can still run.
  public let blocks: Int
  /// Their instructions' room that is in use, also by blocks that cannot run any more.
  public let instructions: Int
  /// How many instructions there is room for.
  public let capacity: Int
  /// Bytes of guest code in those blocks.
  public let codeBytes: Int
  /// Bytes of host memory that blocks and instructions take up.
  public let hostBytes: Int
  /// Blocks that were given up because their code was written.
  public let invalidations: UInt64
  /// How often all was forgotten.
  public let flushes: UInt64
}

extension CodeCache {
  /// What it holds now.
  public var statistics: CodeStatistics {
    var valid = 0
    var bytes = 0
    for index in 0..<usedBlocks where blocks[index].isValid {
      valid += 1
      bytes += Int(blocks[index].length)
    }
    return CodeStatistics(
      blocks: valid, instructions: usedInstructions, capacity: instructionCapacity, codeBytes: bytes,
      hostBytes: usedBlocks * MemoryLayout<Block<Instruction>>.stride
        + usedInstructions * MemoryLayout<Instruction>.stride,
      invalidations: invalidations, flushes: flushes)
  }
}

extension Processor {
  /// What the CPU's engine holds of the guest's code, together with its fellows of the same kind.
  public var codeStatistics: CodeStatistics { code.statistics }
}
