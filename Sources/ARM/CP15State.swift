public import SavedState

/// The registers of the system control coprocessor (DDI 0198 2.3). What has no effect without caches and a TLB of
/// the hardware's size keeps its value, for guests that read it back.
public struct CP15State: DeviceState {
  /// Register 1: see `Control`.
  public var control = Control.fixed
  /// Register 2: the translation table's base.
  public var translationTable: UInt32 = 0
  /// Register 3: two bits for each of 16 domains.
  public var domainAccess: UInt32 = 0
  /// Register 5, of data and of prefetch aborts: the status in bits 0-3, the domain in 4-7.
  public var dataFaultStatus: UInt32 = 0
  public var instructionFaultStatus: UInt32 = 0
  /// Register 6: the modified virtual address of the last data abort.
  public var faultAddress: UInt32 = 0
  /// Register 9: cache lockdown of data and instructions, a bit a way in 0-3.
  public var dataLockdown = Self.lockdownOnes
  public var instructionLockdown = Self.lockdownOnes
  /// Register 10: bit 0 P, bits 26-28 the victim.
  public var tlbLockdown: UInt32 = 0
  /// Register 13: the process identifier of FCSE, in bits 25-31, and the context for trace.
  public var processID: UInt32 = 0
  public var contextID: UInt32 = 0
  /// Register 15, for test and debug (DDI 0198 appendix B).
  public var debugOverride: UInt32 = 0
  public var debugAddress: UInt32 = 0
  public var regionRemap: UInt32 = 0
  public var traceControl: UInt32 = 0
  public var cacheDebug: UInt32 = 0
  public var mmuDebug: UInt32 = 0

  public init() {}

  /// Bits of the cache lockdown registers that are always set.
  static let lockdownOnes: UInt32 = 0xfff0
  /// The bits that exist of those registers that have fewer than 32.
  static let translationTableMask: UInt32 = 0xffff_c000
  static let faultStatusMask: UInt32 = 0xff
  static let tlbLockdownMask: UInt32 = 0x1c00_0001
  static let processIDMask: UInt32 = 0xfe00_0000

  public static let table = StateTable<CP15State>("arm-cp15") {
    saved(\.control, where: { $0 & ~Control.all == 0 && $0 & Control.fixed == Control.fixed })
    saved(\.translationTable, where: { $0 & ~translationTableMask == 0 })
    saved(\.domainAccess)
    saved(\.dataFaultStatus, where: { $0 & ~faultStatusMask == 0 })
    saved(\.instructionFaultStatus, where: { $0 & ~faultStatusMask == 0 })
    saved(\.faultAddress)
    saved(\.dataLockdown, where: { $0 & ~0xf == lockdownOnes })
    saved(\.instructionLockdown, where: { $0 & ~0xf == lockdownOnes })
    saved(\.tlbLockdown, where: { $0 & ~tlbLockdownMask == 0 })
    saved(\.processID, where: { $0 & ~processIDMask == 0 })
    saved(\.contextID)
    saved(\.debugOverride)
    saved(\.debugAddress)
    saved(\.regionRemap)
    saved(\.traceControl)
    saved(\.cacheDebug)
    saved(\.mmuDebug)
  }
}
