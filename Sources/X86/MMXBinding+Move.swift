import Engine

// Moves to and from MMX and XMM registers.
extension CPU {
  static func bindPackedMove(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .emms:
      return { core, op in emptyMMX(core, op) }
    case .movd:
      return i.size == 8
        ? { core, op in mmx(core, op) { cpu, op throws(Fault) in try cpu.movdMM(op) } }
        : { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.movdXMM(op) } }
    case .movq:
      return i.size == 8
        ? { core, op in mmx(core, op) { cpu, op throws(Fault) in try cpu.movqMM(op) } }
        : { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.movqXMM(op) } }
    case .movntq:
      return { core, op in mmx(core, op) { cpu, op throws(Fault) in try cpu.store(cpu.mm(op.pointee.b), op) } }
    case .maskmovq:
      return { core, op in
        mmx(core, op) { cpu, op throws(Fault) in
          try cpu.maskedStore(op, Vector128(cpu.mm(op.pointee.a), 0), Vector128(cpu.mm(op.pointee.b), 0), count: 8)
        }
      }
    case .maskmovdqu:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.maskedStore(op, cpu.xmm(op.pointee.a), cpu.xmm(op.pointee.b), count: 16)
        }
      }
    case .movq2dq:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in cpu.setXMM(op.pointee.a, Vector128(cpu.mm(op.pointee.b), 0)) }
      }
    case .movdq2q:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in cpu.setMM(op.pointee.a, cpu.xmm(op.pointee.b)[0]) }
      }
    default: return nil
    }
  }
}
