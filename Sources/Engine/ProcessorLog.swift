/// What a CPU can tell a log.
public protocol ProcessorLog: AnyObject {
  /// From now on calls `tell` for each interrupt and exception as it is taken, with its name and number.
  func logInterrupts(_ tell: @escaping (String) -> Void)
  /// From now on calls `tell` for each instruction when it is decoded, before it runs for the first time: the address
  /// as the program counter has it, and the instruction in the assembler's words.
  func logCode(_ tell: @escaping (_ address: UInt64, _ text: String) -> Void)
}
