/// What an instruction's ModRM byte names: a register, or memory at base + index × scale + displacement.
public struct HostOperand: Equatable, Sendable, BitwiseCopyable {
  /// The register, or the base of an address.
  public let base: HostRegister
  /// Whether it is memory.
  public let isMemory: Bool
  /// A register that is added to the base, times `scale`; never rsp, which stands for none.
  let index: HostRegister
  /// The power of two that the index is multiplied by, 0 to 3.
  let scale: UInt8
  /// Bytes from there.
  let displacement: Int32
  /// Whether there is a base; where there is none, `base` is rbp, which stands for that.
  let hasBase: Bool

  @inline(__always)
  private init(
    _ base: HostRegister, isMemory: Bool, index: HostRegister, scale: UInt8, displacement: Int32, hasBase: Bool = true
  ) {
    self.base = base
    self.isMemory = isMemory
    self.index = index
    self.scale = scale
    self.displacement = displacement
    self.hasBase = hasBase
  }

  /// The register itself.
  @inline(__always)
  public static func register(_ register: HostRegister) -> HostOperand {
    HostOperand(register, isMemory: false, index: .rsp, scale: 0, displacement: 0)
  }

  /// Memory `displacement` bytes from where `base` points.
  @inline(__always)
  public static func memory(_ base: HostRegister, _ displacement: Int = 0) -> HostOperand {
    HostOperand(base, isMemory: true, index: .rsp, scale: 0, displacement: Int32(displacement))
  }

  /// Memory at `base` + `index` << `scale` + `displacement`; the index is not rsp, the scale 0 to 3.
  @inline(__always)
  public static func memory(
    _ base: HostRegister, index: HostRegister, scale: UInt8 = 0, _ displacement: Int = 0
  ) -> HostOperand {
    HostOperand(base, isMemory: true, index: index, scale: scale, displacement: Int32(displacement))
  }

  /// Memory at `index` << `scale` + `displacement`; the index is not rsp, the scale 0 to 3.
  @inline(__always)
  public static func memory(index: HostRegister, scale: UInt8, _ displacement: Int = 0) -> HostOperand {
    HostOperand(
      .rbp, isMemory: true, index: index, scale: scale, displacement: Int32(displacement), hasBase: false)
  }

  /// The same memory `offset` bytes on.
  @inline(__always)
  public func advanced(by offset: Int) -> HostOperand {
    HostOperand(
      base, isMemory: isMemory, index: index, scale: scale, displacement: displacement + Int32(offset),
      hasBase: hasBase)
  }
}
