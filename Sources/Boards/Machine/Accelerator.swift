import Foundation

/// How guest code is executed. It is no part of the machine: snapshots move freely between engines.
public enum Accelerator: Sendable, Equatable {
  /// Instruction by instruction, on any host.
  case interpreter
  /// Host code is made of blocks that were entered more than `threshold` times.
  case translator(threshold: Int)

  /// Host code of what is executed more than a few times.
  public static let jit = Accelerator.translator(threshold: 8)

  /// What a machine takes that is not told: the interpreter. With FERRY_ACCEL=jit in the environment, which is for
  /// running tests with it, host code of everything where there is a translator for the CPUs.
  static func standard(canTranslate: Bool) -> Accelerator {
    guard canTranslate, ProcessInfo.processInfo.environment["FERRY_ACCEL"] == "jit" else { return .interpreter }
    return .translator(threshold: 0)
  }
}
