import Engine

// Moves and MXCSR.
extension CPU {
  static func bindSSEMove(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .movups:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: false) } }
    case .movupd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: false) } }
    case .movdqu:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: false) } }
    case .lddqu:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: false) } }
    case .movaps:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movapd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movdqa:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movntps:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movntpd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movntdq:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movntdqa:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.move128(op, aligned: true) } }
    case .movss:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.movss(op) } }
    case .movsd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.movsd(op) } }
    case .movlps:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.moveLow(op) } }
    case .movlpd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.moveLow(op) } }
    case .movhps:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.moveHigh(op) } }
    case .movhpd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.moveHigh(op) } }
    case .movhlps:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in cpu.setXMMLow(op.pointee.a, cpu.xmm(op.pointee.b)[1]) }
      }
    case .movlhps:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in cpu.setXMMHigh(op.pointee.a, cpu.xmm(op.pointee.b)[0]) }
      }
    case .movnti:
      return { core, op in
        straight(core, op) { cpu, op throws(Fault) in try cpu.store(cpu.register(UInt32.self, op.pointee.b), op) }
      }
    case .movmskps:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          cpu.setRegister(op.pointee.a, UInt32(SSELanes.longSigns(cpu.xmm(op.pointee.b))))
        }
      }
    case .movmskpd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          cpu.setRegister(op.pointee.a, UInt32(SSELanes.quadSigns(cpu.xmm(op.pointee.b))))
        }
      }
    case .movddup:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          let source = try cpu.second64(op)
          cpu.setXMM(op.pointee.a, Vector128(source, source))
        }
      }
    case .movsldup:
      return { core, op in
        packed(core, op) { _, b in SIMD4<UInt32>(b.longs[0], b.longs[0], b.longs[2], b.longs[2]).vector }
      }
    case .movshdup:
      return { core, op in
        packed(core, op) { _, b in SIMD4<UInt32>(b.longs[1], b.longs[1], b.longs[3], b.longs[3]).vector }
      }
    case .ldmxcsr:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.ldmxcsr(op) } }
    case .stmxcsr:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.store(cpu.core.pointee.state.sse.mxcsr, op) }
      }
    default: return nil
    }
  }
}
