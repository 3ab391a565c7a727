import Engine

// Which handler executes an x87 instruction.
extension CPU {
  /// The handler of an x87 instruction, or nothing for others.
  static func bindX87(_ i: Instruction) -> Handler? {
    bindX87Arithmetic(i) ?? bindX87Move(i) ?? bindX87Compare(i) ?? bindX87Control(i)
  }

  private static func bindX87Arithmetic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .fadd:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .add) } }
    case .faddp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .add, pops: true) } }
    case .fiadd:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .add) } }
    case .fsub:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .subtract) } }
    case .fsubp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .subtract, pops: true) } }
    case .fisub:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .subtract) } }
    case .fsubr:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .subtractReversed) } }
    case .fsubrp:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .subtractReversed, pops: true) }
      }
    case .fisubr:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .subtractReversed) }
      }
    case .fmul:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .multiply) } }
    case .fmulp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .multiply, pops: true) } }
    case .fimul:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .multiply) } }
    case .fdiv:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .divide) } }
    case .fdivp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .divide, pops: true) } }
    case .fidiv:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .divide) } }
    case .fdivr:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .divideReversed) } }
    case .fdivrp:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in try cpu.x87Arithmetic(op, .divideReversed, pops: true) }
      }
    case .fidivr:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.x87IntegerArithmetic(op, .divideReversed) }
      }
    case .fsqrt:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Unary(op, isArithmetic: true) { context, a in context.squareRoot(a) }
        }
      }
    case .frndint:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in cpu.x87Unary(op) { context, a in context.roundToIntegral(a) } }
      }
    case .fchs:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Sign(op) { $0 ^ 0x8000 } } }
    case .fabs:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Sign(op) { $0 & 0x7fff } } }
    case .fscale:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fscale(op) } }
    case .fxtract:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fxtract(op) } }
    case .fprem:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fprem(op, isNearest: false) } }
    case .fprem1:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fprem(op, isNearest: true) } }
    case .f2xm1:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.f2xm1(op) } }
    case .fyl2x:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fyl2x(op) } }
    case .fyl2xp1:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fyl2xp1(op) } }
    case .fpatan:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fpatan(op) } }
    case .fsin:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Trigonometric(op, .sine) } }
    case .fcos:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Trigonometric(op, .cosine) } }
    case .fptan:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Trigonometric(op, .tangent) } }
    case .fsincos:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.x87Trigonometric(op, .both) } }
    default: return nil
    }
  }

  private static func bindX87Move(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .fld:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fld(op) } }
    case .fild:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fild(op) } }
    case .fbld:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fbld(op) } }
    case .fst:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fst(op, pops: false) } }
    case .fstp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fst(op, pops: true) } }
    case .fist:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fist(op, pops: false) } }
    case .fistp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fist(op, pops: true) } }
    case .fisttp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fist(op, pops: true, truncates: true) } }
    case .fbstp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fbstp(op) } }
    case .fld1:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in cpu.x87Constant(op, exponent: 0, 0x8000_0000_0000_0000, 0) }
      }
    case .fldl2t:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Constant(op, exponent: 1, 0xd49a_784b_cd1b_8afe, 0x492b_f6ff_4daf_db4c)
        }
      }
    case .fldl2e:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Constant(op, exponent: 0, 0xb8aa_3b29_5c17_f0bb, 0xbe87_fed0_691d_3e88)
        }
      }
    case .fldpi:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Constant(op, exponent: 1, 0xc90f_daa2_2168_c234, 0xc4c6_628b_80dc_1cd1)
        }
      }
    case .fldlg2:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Constant(op, exponent: -2, 0x9a20_9a84_fbcf_f798, 0x8f89_59ac_0b7c_9178)
        }
      }
    case .fldln2:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Constant(op, exponent: -1, 0xb172_17f7_d1cf_79ab, 0xc9e3_b398_03f2_f6af)
        }
      }
    case .fldz:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fldz(op) } }
    case .fxch:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fxch(op) } }
    case .fcmovb:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, cpu.carry) } }
    case .fcmovnb:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, !cpu.carry) } }
    case .fcmove:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, cpu.zero) } }
    case .fcmovne:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, !cpu.zero) } }
    case .fcmovbe:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, cpu.carry || cpu.zero) } }
    case .fcmovnbe:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, !(cpu.carry || cpu.zero)) } }
    case .fcmovu:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, cpu.parity) } }
    case .fcmovnu:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcmov(op, !cpu.parity) } }
    default: return nil
    }
  }

  private static func bindX87Compare(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .fcom:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op) } }
    case .fcomp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op, pops: 1) } }
    case .fcompp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op, pops: 2) } }
    case .fucom:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op, quietly: true) } }
    case .fucomp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op, quietly: true, pops: 1) } }
    case .fucompp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fcom(op, quietly: true, pops: 2) } }
    case .ficom:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.ficom(op) } }
    case .ficomp:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.ficom(op, pops: 1) } }
    case .fcomi:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcomi(op, quietly: false, pops: false) } }
    case .fcomip:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcomi(op, quietly: false, pops: true) } }
    case .fucomi:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcomi(op, quietly: true, pops: false) } }
    case .fucomip:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fcomi(op, quietly: true, pops: true) } }
    case .ftst:
      return { core, op in
        x87(core, op) { cpu, op throws(Fault) in
          cpu.x87Compare(op, .zero(false), isEmpty: false, quietly: false, pops: 0)
        }
      }
    case .fxam:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.fxam(op) } }
    default: return nil
    }
  }

  private static func bindX87Control(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .fninit:
      return { core, op in straight(core, op) { cpu, _ throws(Fault) in try cpu.fninit() } }
    case .fnclex:
      return { core, op in straight(core, op) { cpu, _ throws(Fault) in try cpu.fnclex() } }
    case .fldcw:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fldcw(op) } }
    case .fnstcw:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fnstcw(op) } }
    case .fnstsw:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fnstsw(op) } }
    case .fnstenv:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fnstenv(op) } }
    case .fldenv:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.fldenv(op) } }
    case .fnsave:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fnsave(op) } }
    case .frstor:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in try cpu.frstor(op) } }
    case .ffree:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.ffree(op, pops: false) } }
    case .ffreep:
      return { core, op in x87(core, op) { cpu, op throws(Fault) in cpu.ffree(op, pops: true) } }
    case .fincstp:
      return { core, op in x87(core, op) { cpu, _ throws(Fault) in cpu.rotateX87(by: 1) } }
    case .fdecstp:
      return { core, op in x87(core, op) { cpu, _ throws(Fault) in cpu.rotateX87(by: -1) } }
    case .fnop:
      return { core, op in x87(core, op) { _, _ throws(Fault) in } }
    case .fwait:
      return { core, op in waiting(core, op) }
    case .fxsave:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fxsave(op) } }
    case .fxrstor:
      return { core, op in straight(core, op) { cpu, op throws(Fault) in try cpu.fxrstor(op) } }
    default: return nil
    }
  }
}

/// FWAIT: #NM only where CR0.MP asks for it.
private func waiting(_ core: UnsafeMutableRawPointer, _ op: UnsafeRawPointer) -> Int32 {
  let cpu = CPU(core)
  do {
    if cpu.core.pointee.state.cr0 & 0xa == 0xa { throw cpu.raise(Vector.deviceNotAvailable) }
    return try cpu.waitForPendingX87() ? goOn(core, op) : Outcome.again
  } catch {
    return Outcome.fault
  }
}
