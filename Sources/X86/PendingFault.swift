/// An exception on its way to the guest.
public struct PendingFault: BitwiseCopyable, Sendable {
  public var vector: UInt8 = 0
  /// The error code, for the vectors that push one.
  public var code: UInt32 = 0
}
