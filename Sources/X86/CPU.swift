/// The engine's view of one CPU: a pointer to its core, and on it everything that instructions do.
///
/// Chapters of the manual extend it, one file each.
public struct CPU: BitwiseCopyable {
  /// Where the core lies.
  public let core: UnsafeMutablePointer<Core>

  @inline(__always)
  public init(_ core: UnsafeMutableRawPointer) { self.core = core.assumingMemoryBound(to: Core.self) }

  /// The object around the core: slow paths only.
  public var owner: X86CPU {
    guard let owner = core.pointee.owner else { preconditionFailure("a core without its CPU") }
    return Unmanaged<X86CPU>.fromOpaque(owner).takeUnretainedValue()
  }

  // MARK: Registers

  /// The register at `place`, a byte offset as in `Instruction`.
  @inline(__always)
  func register<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ place: UInt8) -> W {
    UnsafeRawPointer(core).load(fromByteOffset: Int(place), as: W.self)
  }

  /// Writes a register; a 32-bit write clears the upper half, as in long mode, where alone it can be seen.
  @inline(__always)
  func setRegister<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ place: UInt8, _ value: W) {
    if W.bitWidth == 32 {
      UnsafeMutableRawPointer(core).storeBytes(of: UInt64(value), toByteOffset: Int(place), as: UInt64.self)
    } else {
      UnsafeMutableRawPointer(core).storeBytes(of: value, toByteOffset: Int(place), as: W.self)
    }
  }

  static let rax: UInt8 = 0
  static let rcx: UInt8 = 8
  static let rdx: UInt8 = 16
  static let rbx: UInt8 = 24
  static let rbp: UInt8 = 40
  static let rsi: UInt8 = 48
  static let rdi: UInt8 = 56
  static let ah: UInt8 = 1

  // MARK: Where execution is

  /// The offset in CS of `op`.
  @inline(__always)
  func ripOf(_ op: Op) -> UInt64 { core.pointee.blockRIP &+ UInt64(op.pointee.offset) }

  /// The offset in CS after `op`, wrapped to the code size.
  @inline(__always)
  func nextRIP(_ op: Op) -> UInt64 { (ripOf(op) &+ UInt64(op.pointee.length)) & ripMask }

  /// Offsets in CS are truncated to 32 bits in legacy modes; 16-bit branches truncate further themselves.
  @inline(__always)
  var ripMask: UInt64 { core.pointee.mode & 4 != 0 ? .max : 0xffff_ffff }

  /// Whether code is 64-bit.
  @inline(__always)
  var isLong: Bool { core.pointee.mode & 4 != 0 }
  @inline(__always)
  var isProtected: Bool { core.pointee.mode & 8 != 0 }
  @inline(__always)
  var isVM86: Bool { core.pointee.mode & 16 != 0 }

  // MARK: Faults

  /// Makes an exception pending; `throw cpu.raise(...)` ends the instruction.
  func raise(_ vector: UInt8, _ code: UInt32 = 0) -> Fault {
    core.pointee.fault = PendingFault(vector: vector, code: code)
    return .raised
  }

  /// #UD.
  func undefined() -> Fault { raise(Vector.invalidOpcode) }
  /// #GP with an error code: a selector with its low bits, or 0.
  func protection(_ code: UInt32 = 0) -> Fault { raise(Vector.protection, code) }

  // MARK: Operands

  /// The offset of the memory operand in its segment.
  @inline(__always)
  func effectiveAddress(_ op: Op) -> UInt64 {
    let sum =
      register(UInt64.self, op.pointee.base)
      &+ (register(UInt64.self, op.pointee.index) &<< UInt64(op.pointee.scale))
      &+ UInt64(bitPattern: Int64(op.pointee.displacement))
    if op.pointee.addressSize == 4 { return sum & 0xffff_ffff }
    return op.pointee.addressSize == 2 ? sum & 0xffff : sum
  }

  /// Reads the memory operand.
  @inline(__always)
  func load<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) throws(Fault) -> W {
    try load(W.self, segment: op.pointee.segment, effectiveAddress(op))
  }

  /// Writes the memory operand.
  @inline(__always)
  func store<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: W, _ op: Op) throws(Fault) {
    try store(value, segment: op.pointee.segment, effectiveAddress(op))
  }

  /// The first operand's value: register or memory.
  @inline(__always)
  func first<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) throws(Fault) -> W {
    op.pointee.memory == .first ? try load(W.self, op) : register(W.self, op.pointee.a)
  }

  /// The second operand's value: register, memory or immediate.
  @inline(__always)
  func second<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: W.Type, _ op: Op) throws(Fault) -> W {
    if op.pointee.memory == .second { return try load(W.self, op) }
    if op.pointee.flags.contains(.immediate) { return W(truncatingIfNeeded: op.pointee.immediate) }
    return register(W.self, op.pointee.b)
  }

  /// Writes the first operand: register or memory.
  @inline(__always)
  func setFirst<W: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ value: W, _ op: Op) throws(Fault) {
    if op.pointee.memory == .first { try store(value, op) } else { setRegister(op.pointee.a, value) }
  }
}
