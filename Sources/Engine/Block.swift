/// A run of decoded instructions that is entered at its top, in one page or, for a single instruction, across
/// two.
public struct Block<Instruction: BitwiseCopyable> {
  /// The host address of the first byte: with `mode`, the block's identity.
  public var host: UnsafeMutableRawPointer
  /// Where the second page begins on the host, for an instruction that crosses into it.
  public var secondHost: UnsafeMutableRawPointer?
  /// The first of them; after the last comes a mark that ends the block.
  public var instructions: UnsafeMutablePointer<Instruction>
  /// How many, without the mark.
  public var count: Int32
  /// Bytes of guest code.
  public var length: Int32
  /// The mode bits that it was decoded for.
  public var mode: UInt32
  /// Cleared when its code was written to.
  public var isValid: Bool
  /// Where control went last after the block was left by a direct jump, taken and not taken.
  public var taken: UnsafeMutablePointer<Block>?
  public var notTaken: UnsafeMutablePointer<Block>?
  /// What a translator made of it; it alone knows what that is.
  public var translations: UnsafeMutableRawPointer?
  /// How often it was entered while there was no host code for it.
  public var heat: Int32 = 0
  /// The next block in the same bucket of the block table.
  public var next: UnsafeMutablePointer<Block>?

  /// A block of `count` instructions, not in a table yet.
  @inlinable public init(
    host: UnsafeMutableRawPointer, secondHost: UnsafeMutableRawPointer? = nil,
    instructions: UnsafeMutablePointer<Instruction>, count: Int32, length: Int32, mode: UInt32, isValid: Bool = true
  ) {
    self.host = host
    self.secondHost = secondHost
    self.instructions = instructions
    self.count = count
    self.length = length
    self.mode = mode
    self.isValid = isValid
  }
}
