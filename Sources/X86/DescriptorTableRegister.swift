public import SavedState

/// GDTR or IDTR (SDM 3A 2.4).
public struct DescriptorTableRegister: DeviceState {
  public var base: UInt64 = 0
  public var limit: UInt16 = 0xffff
  public init() {}

  public static let table = StateTable<DescriptorTableRegister>("x86-table-register") {
    saved(\.base)
    saved(\.limit)
  }
}
