/// An exception that an instruction raised, to be taken by the run loop.
public struct PendingFault: BitwiseCopyable, Sendable {
  /// Those that instructions raise (DDI 0100 A2.6).
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case undefined, softwareInterrupt, prefetchAbort, dataAbort
    /// None: a debugger wants to know of the access that would come next.
    case watchpoint
  }

  public var kind: Kind = .undefined
  /// For aborts the fault status: bits 0-3 the status, 4-7 the domain (DDI 0100 B4.6).
  public var status: UInt32 = 0
  /// For data aborts the modified virtual address.
  public var address: UInt32 = 0
}
