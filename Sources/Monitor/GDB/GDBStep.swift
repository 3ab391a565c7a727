/// A step that GDB has asked for.
struct GDBStep {
  let cpu: Int
  /// Steps go on while the program counter is in there.
  var range: Range<UInt64>?
}
