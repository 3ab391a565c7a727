/// How a load or store makes its address (DDI 0100 A5.2, A5.3).
protocol AddressForm {
  /// Whether the base is written.
  static var writesBack: Bool { get }
  /// Whether the access has a user's permissions (LDRT and the like).
  static var isUser: Bool { get }
  /// Where to access, and what the base becomes.
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32)
}

extension AddressForm {
  @inline(__always) static var writesBack: Bool { false }
  @inline(__always) static var isUser: Bool { false }
}

/// [Rn, #offset]
enum OffsetAddress: AddressForm {
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) {
    let access = cpu.register(op.pointee.rn) &+ op.pointee.immediate
    return (access, access)
  }
}

/// [Rn, Rm, LSL #n], n from 0 to 31.
enum ScaledAddress: AddressForm {
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) {
    let access = cpu.register(op.pointee.rn) &+ cpu.register(op.pointee.rm) &<< UInt32(op.pointee.amount)
    return (access, access)
  }
}

/// [PC, #offset]; `immediate` counts from the instruction itself, with bits 0 and 1 of its address clear.
enum LiteralAddress: AddressForm {
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) {
    let access = (cpu.address(of: op) & ~3) &+ op.pointee.immediate
    return (access, access)
  }
}

/// [Rn, #offset]!
enum PreIndexedAddress: AddressForm {
  @inline(__always) static var writesBack: Bool { true }
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) {
    let access = cpu.register(op.pointee.rn) &+ op.pointee.immediate
    return (access, access)
  }
}

/// [Rn], #offset
enum PostIndexedAddress: AddressForm {
  @inline(__always) static var writesBack: Bool { true }
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) {
    let access = cpu.register(op.pointee.rn)
    return (access, access &+ op.pointee.immediate)
  }
}

/// Any: the base is written in any case, with what it was where there is no writeback.
enum AnyAddress: AddressForm {
  @inline(__always) static var writesBack: Bool { true }
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) { cpu.indexed(op) }
}

/// Any, with a user's permissions.
enum UserAddress: AddressForm {
  @inline(__always) static var writesBack: Bool { true }
  @inline(__always) static var isUser: Bool { true }
  @inline(__always)
  static func address(_ cpu: CPU, _ op: Op) -> (access: UInt32, base: UInt32) { cpu.indexed(op) }
}

extension CPU {
  /// The address of a load or store, and what its base becomes, whatever the form.
  @inline(never)
  func indexed(_ op: Op) -> (access: UInt32, base: UInt32) {
    let base = register(op.pointee.rn)
    var offset = op.pointee.immediate
    if op.pointee.shift != .immediate {
      offset = op.pointee.shift == .none ? register(op.pointee.rm) : shifted(op).value
      if op.pointee.flags.contains(.subtract) { offset = 0 &- offset }
    }
    let moved = base &+ offset
    let isWritten = op.pointee.flags.contains(.writeback)
    return (op.pointee.flags.contains(.preIndexed) ? moved : base, isWritten ? moved : base)
  }
}
