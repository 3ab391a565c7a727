/// One operand of an encoding, in the notation of SDM volume 2 appendix A with the first letter in lower case:
/// where it is encoded, then its width.
struct EncodingOperand: BitwiseCopyable, Equatable {
  /// Where the operand is.
  enum Kind: UInt8 {
    case none
    /// ModRM.rm: a general register or memory.
    case rm
    /// ModRM.rm: memory only.
    case memory
    /// ModRM.rm: a general register, and an invalid encoding with memory.
    case rmRegister
    /// ModRM.rm: a general register whatever ModRM.mod says.
    case rmAlwaysRegister
    /// ModRM.reg: a general register.
    case reg
    /// The low three bits of the opcode: a general register.
    case opcode
    /// VEX.vvvv: a general register.
    case vvvv
    case immediate
    case signedImmediate
    /// The constant 1 of a shift.
    case one
    case relative
    case farPointer
    case offset
    /// DS:SI of a string instruction; the segment can be overridden.
    case source
    /// ES:DI of a string instruction.
    case destination
    case segment, control, debug
    /// A general register that the opcode implies; `value` is its number.
    case fixed
    case cl, dx
    case fixedSegment
    case mmx, mmxRM, mmxRegister
    case xmm, xmmRM, xmmRegister
    case st0, sti
    /// ST(0) where assemblers do not write it.
    case hiddenST0
    /// XMM0 as the last operand of BLENDV.
    case xmm0
  }

  /// How wide it is: a fixed number of bytes or one that depends on the operand size.
  enum Width: UInt8, CaseIterable {
    case none
    case b, w, d, q, x, t
    /// Operand size; the same with at most 4 bytes; the same with at least 4.
    case v, z, y
    /// A far pointer; BOUND's two words; a descriptor table register.
    case p, a, s
    /// x87 environment and whole state.
    case environment, state
    /// FXSAVE's area.
    case area

    /// Bytes with an operand size of 2, 4 and 8.
    var bytes: (UInt16, UInt16, UInt16) {
      switch self {
      case .none: (0, 0, 0)
      case .b: (1, 1, 1)
      case .w: (2, 2, 2)
      case .d: (4, 4, 4)
      case .q: (8, 8, 8)
      case .x: (16, 16, 16)
      case .t: (10, 10, 10)
      case .v: (2, 4, 8)
      case .z: (2, 4, 4)
      case .y: (4, 4, 8)
      case .p: (4, 6, 10)
      case .a: (4, 8, 16)
      case .s: (6, 6, 10)
      case .environment: (14, 28, 28)
      case .state: (94, 108, 108)
      case .area: (512, 512, 512)
      }
    }
  }

  var kind: Kind
  var width: Width
  /// The width in memory where that is not the register's.
  var memoryWidth: Width
  var value: UInt8 = 0

  init(_ kind: Kind, _ width: Width = .none, memory: Width? = nil, value: UInt8 = 0) {
    self.kind = kind
    self.width = width
    memoryWidth = memory ?? width
    self.value = value
  }

  static let none = EncodingOperand(.none)

  static let eb = EncodingOperand(.rm, .b)
  static let ew = EncodingOperand(.rm, .w)
  static let ed = EncodingOperand(.rm, .d)
  static let ey = EncodingOperand(.rm, .y)
  static let ev = EncodingOperand(.rm, .v)
  /// A register of operand size or a word in memory.
  static let evw = EncodingOperand(.rm, .v, memory: .w)
  /// A 32-bit register, of which a byte or word counts, or that byte or word in memory.
  static let edb = EncodingOperand(.rm, .d, memory: .b)
  static let edw = EncodingOperand(.rm, .d, memory: .w)

  static let gb = EncodingOperand(.reg, .b)
  static let gw = EncodingOperand(.reg, .w)
  static let gd = EncodingOperand(.reg, .d)
  static let gy = EncodingOperand(.reg, .y)
  static let gv = EncodingOperand(.reg, .v)
  static let by = EncodingOperand(.vvvv, .y)
  static let zb = EncodingOperand(.opcode, .b)
  static let zv = EncodingOperand(.opcode, .v)
  static let rv = EncodingOperand(.rmRegister, .v)
  static let ry = EncodingOperand(.rmRegister, .y)
  static let rcr = EncodingOperand(.rmAlwaysRegister, .y)

  static let m = EncodingOperand(.memory)
  static let mb = EncodingOperand(.memory, .b)
  static let mw = EncodingOperand(.memory, .w)
  static let md = EncodingOperand(.memory, .d)
  static let mq = EncodingOperand(.memory, .q)
  static let mx = EncodingOperand(.memory, .x)
  static let mt = EncodingOperand(.memory, .t)
  static let mv = EncodingOperand(.memory, .v)
  static let my = EncodingOperand(.memory, .y)
  static let mp = EncodingOperand(.memory, .p)
  static let ma = EncodingOperand(.memory, .a)
  static let ms = EncodingOperand(.memory, .s)
  static let menv = EncodingOperand(.memory, .environment)
  static let mstate = EncodingOperand(.memory, .state)
  static let marea = EncodingOperand(.memory, .area)

  static let ib = EncodingOperand(.immediate, .b)
  static let iw = EncodingOperand(.immediate, .w)
  static let iz = EncodingOperand(.signedImmediate, .z)
  static let iv = EncodingOperand(.immediate, .v)
  static let ibs = EncodingOperand(.signedImmediate, .b)
  static let one = EncodingOperand(.one)
  static let jb = EncodingOperand(.relative, .b)
  static let jz = EncodingOperand(.relative, .z)
  static let ap = EncodingOperand(.farPointer, .p)
  static let ob = EncodingOperand(.offset, .b)
  static let ov = EncodingOperand(.offset, .v)
  static let xb = EncodingOperand(.source, .b)
  static let xv = EncodingOperand(.source, .v)
  static let xz = EncodingOperand(.source, .z)
  static let yb = EncodingOperand(.destination, .b)
  static let yv = EncodingOperand(.destination, .v)
  static let yz = EncodingOperand(.destination, .z)

  static let sw = EncodingOperand(.segment, .w)
  static let cd = EncodingOperand(.control, .y)
  static let dd = EncodingOperand(.debug, .y)
  static let al = EncodingOperand(.fixed, .b)
  static let ax = EncodingOperand(.fixed, .w)
  /// AX, EAX or RAX by operand size; the same with at most EAX.
  static let eax = EncodingOperand(.fixed, .v)
  static let eaz = EncodingOperand(.fixed, .z)
  static let cl = EncodingOperand(.cl)
  static let dx = EncodingOperand(.dx)
  static let es = EncodingOperand(.fixedSegment, value: 0)
  static let cs = EncodingOperand(.fixedSegment, value: 1)
  static let ss = EncodingOperand(.fixedSegment, value: 2)
  static let ds = EncodingOperand(.fixedSegment, value: 3)
  static let fs = EncodingOperand(.fixedSegment, value: 4)
  static let gs = EncodingOperand(.fixedSegment, value: 5)

  static let pq = EncodingOperand(.mmx, .q)
  static let qq = EncodingOperand(.mmxRM, .q)
  static let qd = EncodingOperand(.mmxRM, .q, memory: .d)
  static let nq = EncodingOperand(.mmxRegister, .q)
  static let vx = EncodingOperand(.xmm, .x)
  static let wx = EncodingOperand(.xmmRM, .x)
  static let wq = EncodingOperand(.xmmRM, .x, memory: .q)
  static let wd = EncodingOperand(.xmmRM, .x, memory: .d)
  static let ww = EncodingOperand(.xmmRM, .x, memory: .w)
  static let ux = EncodingOperand(.xmmRegister, .x)
  static let xmm0 = EncodingOperand(.xmm0)
  static let st0 = EncodingOperand(.st0)
  static let sti = EncodingOperand(.sti)
  static let hst0 = EncodingOperand(.hiddenST0)

  /// Whether it is encoded in ModRM.
  var usesModRM: Bool {
    switch kind {
    case .rm, .memory, .rmRegister, .rmAlwaysRegister, .reg, .segment, .control, .debug, .mmx, .mmxRM, .mmxRegister,
      .xmm, .xmmRM, .xmmRegister, .sti:
      true
    default: false
    }
  }
}
