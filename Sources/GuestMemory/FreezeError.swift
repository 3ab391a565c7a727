/// Why pages cannot be had any longer as they were when their block was frozen.
public enum FreezeError: Error, Equatable, CustomStringConvertible {
  /// `cancel()` was called.
  case cancelled
  /// The block took other contents.
  case replaced
  /// The guest changed pages faster than they were taken: there was no room for more copies for so long.
  case starved(room: Int, nanoseconds: Int64)
  /// The page was not in memory yet, and its source does not give it.
  case lost(MemoryLoss)

  public var description: String {
    switch self {
    case .cancelled: "cancelled"
    case .replaced: "memory took other contents before all of it was saved"
    case .starved(let room, let nanoseconds):
      "the guest waited \(nanoseconds / 1_000_000) ms for room in the \(room >> 10) KiB for pages that it changes: "
        + "what is saved is written too slowly"
    case .lost(let loss): loss.description
    }
  }
}
