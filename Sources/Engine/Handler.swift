/// What executes one instruction and those that follow it in its block: gets the core and the instruction, gives
/// the `Outcome` of the one that ended it as a number.
public typealias Handler = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int32
