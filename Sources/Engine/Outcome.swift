/// How a block ended.
public enum Outcome {
  /// The block is over and the state's program counter says where to go on.
  @inlinable public static var jumped: Int32 { 1 }
  /// An exception was raised: the core's fault says which; the instruction has had no effect.
  @inlinable public static var fault: Int32 { 2 }
  /// The block is over; go on after this instruction.
  @inlinable public static var leave: Int32 { 3 }
  /// The block is over; go on with this same instruction (a repeated one was interrupted).
  @inlinable public static var again: Int32 { 4 }
  /// Nothing was executed: this is the mark after a block's last instruction, or was put there because the
  /// rest of the block was overwritten.
  @inlinable public static var end: Int32 { 5 }
  /// A direct branch within the page was taken; the program counter is set.
  @inlinable public static var taken: Int32 { 6 }
  /// A conditional branch was not taken; the program counter is set.
  @inlinable public static var notTaken: Int32 { 7 }
}
