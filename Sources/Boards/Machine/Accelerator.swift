/// How guest code is executed. It is no part of the machine: snapshots move freely between engines.
public enum Accelerator: Sendable, Equatable {
  /// Instruction by instruction, on any host.
  case interpreter
  /// Host code is made of blocks that were entered more than `threshold` times.
  case translator(threshold: Int)

  /// Host code of what is executed more than a few times.
  public static let jit = Accelerator.translator(threshold: 8)
}
