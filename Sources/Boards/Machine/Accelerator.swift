import Foundation

/// How guest code is executed. It is no part of the machine: snapshots move freely between engines.
public enum Accelerator: Sendable, Equatable {
  /// Instruction by instruction, on any host.
  case interpreter
  /// Host code is made of blocks that were entered more than `threshold` times.
  case translator(threshold: Int)

  /// Host code of what is executed more than a few times.
  public static let jit = Accelerator.translator(threshold: 8)

  /// What a machine takes that is not told: host code, where there is a translator for its CPUs on this host. FERRY_ACCEL in
  /// the environment, which is for running tests, has it take the interpreter (`interpreter`), or host code of everything,
  /// however seldom it is executed (`jit`).
  static func standard(canTranslate: Bool) -> Accelerator {
    guard canTranslate else { return .interpreter }
    return switch ProcessInfo.processInfo.environment["FERRY_ACCEL"] {
    case "interpreter": .interpreter
    case "jit": .translator(threshold: 0)
    default: .jit
    }
  }
}
