/// The engine's view of one CPU: a pointer to its core, and on it everything that instructions do.
///
/// Chapters of the manual extend it, one file each.
public struct CPU: BitwiseCopyable {
  /// Where the core lies.
  public let core: UnsafeMutablePointer<Core>

  @inline(__always)
  public init(_ core: UnsafeMutableRawPointer) { self.core = core.assumingMemoryBound(to: Core.self) }

  /// The object around the core: slow paths only.
  var owner: ARMCPU {
    guard let owner = core.pointee.owner else { preconditionFailure("a core without its CPU") }
    return Unmanaged<ARMCPU>.fromOpaque(owner).takeUnretainedValue()
  }

  // MARK: Registers

  /// The register at `place`, a byte offset as in `Instruction`; that of r15 is what it reads as.
  @inline(__always)
  func register(_ place: UInt8) -> UInt32 { UnsafeRawPointer(core).load(fromByteOffset: Int(place), as: UInt32.self) }

  /// Writes r0 to r14; instructions that write r15 have handlers of their own.
  @inline(__always)
  func setRegister(_ place: UInt8, _ value: UInt32) {
    UnsafeMutableRawPointer(core).storeBytes(of: value, toByteOffset: Int(place), as: UInt32.self)
  }

  static let sp: UInt8 = 13 * 4
  static let lr: UInt8 = 14 * 4
  static let pc: UInt8 = 15 * 4

  // MARK: Where execution is

  /// The address of `op`.
  @inline(__always)
  func address(of op: Op) -> UInt32 { core.pointee.blockPC &+ UInt32(op.pointee.offset) }

  /// The address after `op`.
  @inline(__always)
  func nextAddress(_ op: Op) -> UInt32 { address(of: op) &+ UInt32(truncatingIfNeeded: op.pointee.length) }

  @inline(__always)
  var isThumb: Bool { core.pointee.mode & 1 != 0 }

  /// What r15 reads as in `op`: two instructions on (DDI 0100 A2.4.3).
  @inline(__always)
  func programCounter(_ op: Op) -> UInt32 {
    let ahead: UInt32 = op.pointee.flags.contains(.narrow) ? 4 : 8
    let value = address(of: op) &+ ahead
    return op.pointee.flags.contains(.alignedPC) ? value & ~3 : value
  }

  /// Goes on at `address`, in the present state; its low bits are ignored as the state has it.
  @inline(__always)
  func jump(_ address: UInt32) { core.pointee.state.pc = address & (isThumb ? ~1 : ~3) }

  /// Goes on at `address`, in Thumb state when its bit 0 is set (BX, DDI 0100 A4.1.10).
  @inline(__always)
  func jumpExchanging(_ address: UInt32) {
    setThumb(address & 1 != 0)
    core.pointee.state.pc = address & (address & 1 != 0 ? ~1 : ~3)
  }

  @inline(__always)
  func setThumb(_ thumb: Bool) {
    core.pointee.mode = thumb ? 1 : 0
    core.pointee.state.cpsr = core.pointee.state.cpsr & ~Flag.t | (thumb ? Flag.t : 0)
  }

  // MARK: Faults

  /// Makes an exception pending; `throw cpu.raise(...)` ends the instruction.
  func raise(_ kind: PendingFault.Kind, status: UInt32 = 0, address: UInt32 = 0) -> Fault {
    core.pointee.fault = PendingFault(kind: kind, status: status, address: address)
    return .raised
  }

  /// The undefined instruction exception.
  func undefined() -> Fault { raise(.undefined) }
}
