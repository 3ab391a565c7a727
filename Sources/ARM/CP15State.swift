public import SavedState

/// The registers of the system control coprocessor (DDI 0198 2.3).
public struct CP15State: DeviceState {
  /// Register 1.
  public var control: UInt32 = 0x0005_0078
  /// Register 2: the translation table's base.
  public var translationTable: UInt32 = 0
  /// Register 3: two bits for each of 16 domains.
  public var domainAccess: UInt32 = 0
  /// Register 5, of data and of prefetch aborts.
  public var dataFaultStatus: UInt32 = 0
  public var instructionFaultStatus: UInt32 = 0
  /// Register 6.
  public var faultAddress: UInt32 = 0
  /// Register 9: cache lockdown of data and instructions, and the TCM regions.
  public var dataLockdown: UInt32 = 0xfff0
  public var instructionLockdown: UInt32 = 0xfff0
  public var dataTCM: UInt32 = 0
  public var instructionTCM: UInt32 = 0
  /// Register 10.
  public var tlbLockdown: UInt32 = 0
  /// Register 13: the process identifier of FCSE, in bits 25-31, and the context for trace.
  public var processID: UInt32 = 0
  public var contextID: UInt32 = 0

  public init() {}

  public static let table = StateTable<CP15State>("arm-cp15") {
    saved(\.control)
    saved(\.translationTable)
    saved(\.domainAccess)
    saved(\.dataFaultStatus)
    saved(\.instructionFaultStatus)
    saved(\.faultAddress)
    saved(\.dataLockdown)
    saved(\.instructionLockdown)
    saved(\.dataTCM)
    saved(\.instructionTCM)
    saved(\.tlbLockdown)
    saved(\.processID, where: { $0 & 0x01ff_ffff == 0 })
    saved(\.contextID)
  }
}
