import Engine

// Conversions (SDM 1 11.4.1.6).
extension CPU {
  static func bindSSEConversion(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .cvtpi2ps:
      return i.memory == .none
        ? { core, op in crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtFromMMX(op, isDouble: false) } }
        : { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtFromMMX(op, isDouble: false) } }
    case .cvtps2pi:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtToMMX(op, isDouble: false, truncating: false) }
      }
    case .cvtss2si:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.cvtToInteger(op, isDouble: false, truncating: false) }
      }
    case .cvttps2pi:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtToMMX(op, isDouble: false, truncating: true) }
      }
    case .cvttss2si:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.cvtToInteger(op, isDouble: false, truncating: true) }
      }
    case .cvtsi2ss:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtFromInteger(op, isDouble: false) } }
    case .cvtpi2pd:
      return i.memory == .none
        ? { core, op in crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtFromMMX(op, isDouble: true) } }
        : { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtFromMMX(op, isDouble: true) } }
    case .cvtpd2pi:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtToMMX(op, isDouble: true, truncating: false) }
      }
    case .cvtsd2si:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.cvtToInteger(op, isDouble: true, truncating: false) }
      }
    case .cvttpd2pi:
      return { core, op in
        crossing(core, op) { cpu, op throws(Fault) in try cpu.cvtToMMX(op, isDouble: true, truncating: true) }
      }
    case .cvttsd2si:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in try cpu.cvtToInteger(op, isDouble: true, truncating: true) }
      }
    case .cvtsi2sd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtFromInteger(op, isDouble: true) } }
    case .cvtps2pd:
      return { core, op in
        widening(core, op) { e, b in
          Vector128(
            e.convert(SSELanes.low(b), Float.self, Double.self), e.convert(SSELanes.high(b), Float.self, Double.self))
        }
      }
    case .cvtdq2pd:
      return { core, op in
        widening(core, op) { e, b in
          Vector128(
            e.real(Int64(Int32(truncatingIfNeeded: b)), Double.self),
            e.real(Int64(Int32(truncatingIfNeeded: b >> 32)), Double.self))
        }
      }
    case .cvtpd2ps:
      return { core, op in
        rounding(core, op) { e, _, b, _ in
          Vector128(
            SSELanes.pair(e.convert(b[0], Double.self, Float.self), e.convert(b[1], Double.self, Float.self)), 0)
        }
      }
    case .cvtdq2ps:
      return { core, op in rounding(core, op) { e, _, b, _ in SSELanes.longsToSingles(&e, b) } }
    case .cvtps2dq:
      return { core, op in rounding(core, op) { e, _, b, _ in SSELanes.singlesToLongs(&e, b, truncating: false) } }
    case .cvttps2dq:
      return { core, op in rounding(core, op) { e, _, b, _ in SSELanes.singlesToLongs(&e, b, truncating: true) } }
    case .cvtpd2dq:
      return { core, op in rounding(core, op) { e, _, b, _ in SSELanes.doublesToLongs(&e, b, truncating: false) } }
    case .cvttpd2dq:
      return { core, op in rounding(core, op) { e, _, b, _ in SSELanes.doublesToLongs(&e, b, truncating: true) } }
    case .cvtss2sd:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtss2sd(op) } }
    case .cvtsd2ss:
      return { core, op in sse(core, op) { cpu, op throws(Fault) in try cpu.cvtsd2ss(op) } }
    default: return nil
    }
  }
}
