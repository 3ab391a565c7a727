/// Why translated code came back. What is above 0 is the number of a jump that could be linked to its target.
public enum TranslatedExit {
  /// The program counter says where to go on.
  @inlinable public static var next: Int32 { 0 }
  /// An instruction raised: the core's fault says which; the program counter is its address.
  @inlinable public static var fault: Int32 { -1 }
  /// The block at the program counter is to be interpreted.
  @inlinable public static var interpret: Int32 { -3 }
  /// An instruction was executed in the interpreter's way, and the run loop has to look at what it did.
  @inlinable public static var stopped: Int32 { -2 }
}
