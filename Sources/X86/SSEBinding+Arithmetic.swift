import Engine

// Floating-point arithmetic (SDM 1 10.4.2, 11.4.1, 12.3 and 12.8).
extension CPU {
  static func bindSSEArithmetic(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .addps:
      return { core, op in ps(core, op) { e, a, b, _ in e.add(a, b, Float.self) } }
    case .subps:
      return { core, op in ps(core, op) { e, a, b, _ in e.add(a, b, Float.self, subtracting: true) } }
    case .mulps:
      return { core, op in ps(core, op) { e, a, b, _ in e.multiply(a, b, Float.self) } }
    case .divps:
      return { core, op in ps(core, op) { e, a, b, _ in e.divide(a, b, Float.self) } }
    case .minps:
      return { core, op in ps(core, op) { e, a, b, _ in e.extremum(a, b, Float.self, isMaximum: false) } }
    case .maxps:
      return { core, op in ps(core, op) { e, a, b, _ in e.extremum(a, b, Float.self, isMaximum: true) } }
    case .sqrtps:
      return { core, op in ps(core, op) { e, _, b, _ in e.squareRoot(b, Float.self) } }
    case .roundps:
      return { core, op in ps(core, op) { e, _, b, i in e.round(b, Float.self, i) } }
    case .cmpps:
      return { core, op in ps(core, op) { e, a, b, i in e.compare(a, b, Float.self, i) } }
    case .addpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.add(a, b, Double.self) } }
    case .subpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.add(a, b, Double.self, subtracting: true) } }
    case .mulpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.multiply(a, b, Double.self) } }
    case .divpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.divide(a, b, Double.self) } }
    case .minpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.extremum(a, b, Double.self, isMaximum: false) } }
    case .maxpd:
      return { core, op in pd(core, op) { e, a, b, _ in e.extremum(a, b, Double.self, isMaximum: true) } }
    case .sqrtpd:
      return { core, op in pd(core, op) { e, _, b, _ in e.squareRoot(b, Double.self) } }
    case .roundpd:
      return { core, op in pd(core, op) { e, _, b, i in e.round(b, Double.self, i) } }
    case .cmppd:
      return { core, op in pd(core, op) { e, a, b, i in e.compare(a, b, Double.self, i) } }
    case .addss:
      return { core, op in ss(core, op) { e, a, b, _ in e.add(a, b, Float.self) } }
    case .subss:
      return { core, op in ss(core, op) { e, a, b, _ in e.add(a, b, Float.self, subtracting: true) } }
    case .mulss:
      return { core, op in ss(core, op) { e, a, b, _ in e.multiply(a, b, Float.self) } }
    case .divss:
      return { core, op in ss(core, op) { e, a, b, _ in e.divide(a, b, Float.self) } }
    case .minss:
      return { core, op in ss(core, op) { e, a, b, _ in e.extremum(a, b, Float.self, isMaximum: false) } }
    case .maxss:
      return { core, op in ss(core, op) { e, a, b, _ in e.extremum(a, b, Float.self, isMaximum: true) } }
    case .sqrtss:
      return { core, op in ss(core, op) { e, _, b, _ in e.squareRoot(b, Float.self) } }
    case .roundss:
      return { core, op in ss(core, op) { e, _, b, i in e.round(b, Float.self, i) } }
    case .cmpss:
      return { core, op in ss(core, op) { e, a, b, i in e.compare(a, b, Float.self, i) } }
    case .addsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.add(a, b, Double.self) } }
    case .subsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.add(a, b, Double.self, subtracting: true) } }
    case .mulsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.multiply(a, b, Double.self) } }
    case .divsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.divide(a, b, Double.self) } }
    case .minsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.extremum(a, b, Double.self, isMaximum: false) } }
    case .maxsd:
      return { core, op in sd(core, op) { e, a, b, _ in e.extremum(a, b, Double.self, isMaximum: true) } }
    case .sqrtsd:
      return { core, op in sd(core, op) { e, _, b, _ in e.squareRoot(b, Double.self) } }
    case .roundsd:
      return { core, op in sd(core, op) { e, _, b, i in e.round(b, Double.self, i) } }
    case .cmpsdScalar:
      return { core, op in sd(core, op) { e, a, b, i in e.compare(a, b, Double.self, i) } }
    case .rcpps:
      return { core, op in ps(core, op) { _, _, b, _ in SSEArithmetic.reciprocal(b) } }
    case .rsqrtps:
      return { core, op in ps(core, op) { _, _, b, _ in SSEArithmetic.reciprocalRoot(b) } }
    case .rcpss:
      return { core, op in ss(core, op) { _, _, b, _ in SSEArithmetic.reciprocal(b) } }
    case .rsqrtss:
      return { core, op in ss(core, op) { _, _, b, _ in SSEArithmetic.reciprocalRoot(b) } }
    case .comiss:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.comi(
            op, UInt32(truncatingIfNeeded: cpu.xmm(op.pointee.a)[0]), try cpu.second32(op), Float.self, quietly: false)
        }
      }
    case .comisd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.comi(op, cpu.xmm(op.pointee.a)[0], try cpu.second64(op), Double.self, quietly: false)
        }
      }
    case .ucomiss:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.comi(
            op, UInt32(truncatingIfNeeded: cpu.xmm(op.pointee.a)[0]), try cpu.second32(op), Float.self, quietly: true)
        }
      }
    case .ucomisd:
      return { core, op in
        sse(core, op) { cpu, op throws(Fault) in
          try cpu.comi(op, cpu.xmm(op.pointee.a)[0], try cpu.second64(op), Double.self, quietly: true)
        }
      }
    case .haddps:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.horizontal(&e, a, b, subtracting: false) } }
    case .haddpd:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.horizontalDouble(&e, a, b, subtracting: false) }
      }
    case .hsubps:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.horizontal(&e, a, b, subtracting: true) } }
    case .hsubpd:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.horizontalDouble(&e, a, b, subtracting: true) } }
    case .addsubps:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.addSubtract(&e, a, b) } }
    case .addsubpd:
      return { core, op in rounding(core, op) { e, a, b, _ in SSELanes.addSubtractDouble(&e, a, b) } }
    case .dpps:
      return { core, op in rounding(core, op) { e, a, b, i in SSELanes.dotProduct(&e, a, b, i) } }
    case .dppd:
      return { core, op in rounding(core, op) { e, a, b, i in SSELanes.dotProductDouble(&e, a, b, i) } }
    default: return nil
    }
  }
}
