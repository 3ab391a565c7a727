public import SavedState

/// XMM registers and MXCSR (SDM 1 10.2).
public struct SSEState: DeviceState {
  /// Low and high half of XMM0, of XMM1, and so on.
  public var xmm = InlineArray<32, UInt64>(repeating: 0)
  public var mxcsr: UInt32 = 0x1f80
  public init() {}

  public static let table = StateTable<SSEState>("x86-sse") {
    saved(\.xmm)
    saved(\.mxcsr, in: 0...0xffff)
  }
}
