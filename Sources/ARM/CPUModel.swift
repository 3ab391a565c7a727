/// What distinguishes the CPUs that can be had.
public struct CPUModel: Sendable {
  /// The name for `-cpu`.
  public let name: String
  /// CP15 register 0: main ID, cache type, TCM status (DDI 0198 2.3.1; DDI 0244 for the ARM1026EJ-S).
  public let mainID: UInt32
  public let cacheType: UInt32
  public let tcmStatus: UInt32
  /// The bits of CP15 register 1 that can be written.
  public let control: UInt32
  /// The floating-point system ID; nil where there is no VFP.
  public let floatingPointID: UInt32?

  /// 16 KiB each of instructions and data, four ways, eight words a line, write back, lockdown format C.
  private static let caches: UInt32 = 0x1d15_2152

  /// All of them, without TCM; the first is the default.
  public static let all = [
    CPUModel(
      name: "arm926", mainID: 0x4106_9265, cacheType: caches, tcmStatus: 0, control: Control.writable,
      floatingPointID: 0x4101_1090),
    CPUModel(
      name: "arm1026", mainID: 0x4106_a262, cacheType: caches, tcmStatus: 0,
      control: Control.writable | Control.branchPrediction, floatingPointID: 0x4101_10a0),
  ]

  /// The model called `name`.
  public static func named(_ name: String) -> CPUModel? { all.first { $0.name == name } }
}
