/// Exception vectors (SDM 3A 6.15).
public enum Vector {
  public static let divide: UInt8 = 0
  public static let debug: UInt8 = 1
  public static let nmi: UInt8 = 2
  public static let breakpoint: UInt8 = 3
  public static let overflow: UInt8 = 4
  public static let bound: UInt8 = 5
  public static let invalidOpcode: UInt8 = 6
  public static let deviceNotAvailable: UInt8 = 7
  public static let doubleFault: UInt8 = 8
  public static let invalidTSS: UInt8 = 10
  public static let segmentNotPresent: UInt8 = 11
  public static let stack: UInt8 = 12
  public static let protection: UInt8 = 13
  public static let page: UInt8 = 14
  public static let x87: UInt8 = 16
  public static let alignment: UInt8 = 17
  public static let machineCheck: UInt8 = 18
  public static let simd: UInt8 = 19

  private static let mnemonics = [
    "#DE", "#DB", nil, "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", nil, "#TS", "#NP", "#SS", "#GP", "#PF", nil, "#MF",
    "#AC", "#MC", "#XM",
  ]

  /// What the manual calls an exception (SDM 3A table 6-1); nil where it has no name.
  static func mnemonic(_ vector: UInt8) -> String? {
    mnemonics.indices.contains(Int(vector)) ? mnemonics[Int(vector)] : nil
  }
}
