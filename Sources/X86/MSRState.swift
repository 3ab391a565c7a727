public import SavedState

/// Model-specific registers (SDM volume 4) that are not another unit's: the local APIC keeps its own base.
public struct MSRState: DeviceState {
  public var efer: UInt64 = 0
  public var sysenterCS: UInt64 = 0
  public var sysenterESP: UInt64 = 0
  public var sysenterEIP: UInt64 = 0
  public var star: UInt64 = 0
  public var lstar: UInt64 = 0
  public var cstar: UInt64 = 0
  public var syscallMask: UInt64 = 0
  public var kernelGSBase: UInt64 = 0
  public var pat: UInt64 = 0x0007_0406_0007_0406
  public var miscEnable: UInt64 = 1
  public var tscAux: UInt64 = 0
  /// Added to the machine's time stamp: what the guest wrote less what the counter was.
  public var tscOffset: UInt64 = 0
  public var tscAdjust: UInt64 = 0
  public var mtrrDefaultType: UInt64 = 0
  public var mtrrFixed = InlineArray<11, UInt64>(repeating: 0)
  /// Base and mask of the eight variable ranges, in turn.
  public var mtrrVariable = InlineArray<16, UInt64>(repeating: 0)
  public var microcode: UInt64 = 0
  public var machineCheckStatus: UInt64 = 0
  public var speculationControl: UInt64 = 0
  public init() {}

  public static let table = StateTable<MSRState>("x86-msr") {
    saved(\.efer)
    saved(\.sysenterCS)
    saved(\.sysenterESP)
    saved(\.sysenterEIP)
    saved(\.star)
    saved(\.lstar)
    saved(\.cstar)
    saved(\.syscallMask)
    saved(\.kernelGSBase)
    saved(\.pat)
    saved(\.miscEnable)
    saved(\.tscAux)
    saved(\.tscOffset)
    saved(\.tscAdjust)
    saved(\.mtrrDefaultType)
    saved(\.mtrrFixed)
    saved(\.mtrrVariable)
    saved(\.microcode)
    saved(\.machineCheckStatus)
    saved(\.speculationControl)
  }
}
