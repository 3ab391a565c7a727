/// Why translated code came back. What is above 0 is the number of a jump that could be linked to its target.
enum TranslatedExit {
  /// The program counter says where to go on.
  static var next: Int32 { 0 }
  /// An instruction raised: the core's fault says which; the program counter is its address.
  static var fault: Int32 { -1 }
  /// An instruction was executed in the interpreter's way, and the run loop has to look at what it did.
  static var stopped: Int32 { -2 }
  /// The program counter holds an address as BX takes it, in the other state.
  static var exchange: Int32 { -3 }
}
