// SSE to SSE3 floating point.
extension Encoding {
  static let sseMoves: [Encoding] = [
    row(0x0f10, .movups, .vx, .wx, is: [.np, .sse]),
    row(0x0f11, .movups, .wx, .vx, is: [.np, .sse]),
    row(0x0f10, .movupd, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f11, .movupd, .wx, .vx, is: [.x66, .sse2]),
    row(0x0f10, .movss, .vx, .wd, is: [.f3, .sse]),
    row(0x0f11, .movss, .wd, .vx, is: [.f3, .sse]),
    row(0x0f10, .movsd, .vx, .wq, is: [.f2, .sse2]),
    row(0x0f11, .movsd, .wq, .vx, is: [.f2, .sse2]),
    row(0x0f12, .movlps, .vx, .mq, is: [.np, .sse]),
    row(0x0f12, .movhlps, .vx, .ux, is: [.np, .sse]),
    row(0x0f12, .movlpd, .vx, .mq, is: [.x66, .sse2]),
    row(0x0f12, .movsldup, .vx, .wx, is: [.f3, .sse3]),
    row(0x0f12, .movddup, .vx, .wq, is: [.f2, .sse3]),
    row(0x0f13, .movlps, .mq, .vx, is: [.np, .sse]),
    row(0x0f13, .movlpd, .mq, .vx, is: [.x66, .sse2]),
    row(0x0f14, .unpcklps, .vx, .wx, is: [.np, .sse]),
    row(0x0f14, .unpcklpd, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f15, .unpckhps, .vx, .wx, is: [.np, .sse]),
    row(0x0f15, .unpckhpd, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f16, .movhps, .vx, .mq, is: [.np, .sse]),
    row(0x0f16, .movlhps, .vx, .ux, is: [.np, .sse]),
    row(0x0f16, .movhpd, .vx, .mq, is: [.x66, .sse2]),
    row(0x0f16, .movshdup, .vx, .wx, is: [.f3, .sse3]),
    row(0x0f17, .movhps, .mq, .vx, is: [.np, .sse]),
    row(0x0f17, .movhpd, .mq, .vx, is: [.x66, .sse2]),
    row(0x0f28, .movaps, .vx, .wx, is: [.np, .sse]),
    row(0x0f29, .movaps, .wx, .vx, is: [.np, .sse]),
    row(0x0f28, .movapd, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f29, .movapd, .wx, .vx, is: [.x66, .sse2]),
    row(0x0f2b, .movntps, .mx, .vx, is: [.np, .sse]),
    row(0x0f2b, .movntpd, .mx, .vx, is: [.x66, .sse2]),
    row(0x0fc3, .movnti, .my, .gy, is: [.np, .sse2]),
    row(0x0f50, .movmskps, .gd, .ux, size: .x, is: [.np, .sse]),
    row(0x0f50, .movmskpd, .gd, .ux, size: .x, is: [.x66, .sse2]),
    row(0x0fc6, .shufps, .vx, .wx, .ib, is: [.np, .sse]),
    row(0x0fc6, .shufpd, .vx, .wx, .ib, is: [.x66, .sse2]),
  ]

  /// A row each for packed single, packed double, scalar single and scalar double.
  static let sseArithmetic: [Encoding] = {
    let four: [(UInt32, Operation, Operation, Operation, Operation)] = [
      (0x0f51, .sqrtps, .sqrtpd, .sqrtss, .sqrtsd), (0x0f58, .addps, .addpd, .addss, .addsd),
      (0x0f59, .mulps, .mulpd, .mulss, .mulsd), (0x0f5c, .subps, .subpd, .subss, .subsd),
      (0x0f5d, .minps, .minpd, .minss, .minsd), (0x0f5e, .divps, .divpd, .divss, .divsd),
      (0x0f5f, .maxps, .maxpd, .maxss, .maxsd),
    ]
    let packed: [(UInt32, Operation, Operation)] = [
      (0x0f54, .andps, .andpd), (0x0f55, .andnps, .andnpd), (0x0f56, .orps, .orpd), (0x0f57, .xorps, .xorpd),
    ]
    var rows: [Encoding] = []
    for (opcode, ps, pd, ss, sd) in four {
      rows += [
        row(opcode, ps, .vx, .wx, is: [.np, .sse]), row(opcode, pd, .vx, .wx, is: [.x66, .sse2]),
        row(opcode, ss, .vx, .wd, is: [.f3, .sse]), row(opcode, sd, .vx, .wq, is: [.f2, .sse2]),
      ]
    }
    for (opcode, ps, pd) in packed {
      rows += [row(opcode, ps, .vx, .wx, is: [.np, .sse]), row(opcode, pd, .vx, .wx, is: [.x66, .sse2])]
    }
    return rows + [
      row(0x0f52, .rsqrtps, .vx, .wx, is: [.np, .sse]), row(0x0f52, .rsqrtss, .vx, .wd, is: [.f3, .sse]),
      row(0x0f53, .rcpps, .vx, .wx, is: [.np, .sse]), row(0x0f53, .rcpss, .vx, .wd, is: [.f3, .sse]),
      row(0x0f2e, .ucomiss, .vx, .wd, is: [.np, .sse]), row(0x0f2e, .ucomisd, .vx, .wq, is: [.x66, .sse2]),
      row(0x0f2f, .comiss, .vx, .wd, is: [.np, .sse]), row(0x0f2f, .comisd, .vx, .wq, is: [.x66, .sse2]),
      row(0x0fc2, .cmpps, .vx, .wx, .ib, is: [.np, .sse]), row(0x0fc2, .cmppd, .vx, .wx, .ib, is: [.x66, .sse2]),
      row(0x0fc2, .cmpss, .vx, .wd, .ib, is: [.f3, .sse]),
      row(0x0fc2, .cmpsdScalar, .vx, .wq, .ib, name: "cmpsd", is: [.f2, .sse2]),
      row(0x0f7c, .haddpd, .vx, .wx, is: [.x66, .sse3]), row(0x0f7c, .haddps, .vx, .wx, is: [.f2, .sse3]),
      row(0x0f7d, .hsubpd, .vx, .wx, is: [.x66, .sse3]), row(0x0f7d, .hsubps, .vx, .wx, is: [.f2, .sse3]),
      row(0x0fd0, .addsubpd, .vx, .wx, is: [.x66, .sse3]), row(0x0fd0, .addsubps, .vx, .wx, is: [.f2, .sse3]),
    ]
  }()

  static let sseConversions: [Encoding] = [
    row(0x0f2a, .cvtpi2ps, .vx, .qq, is: [.np, .sse]),
    row(0x0f2a, .cvtpi2pd, .vx, .qq, is: [.x66, .sse2]),
    row(0x0f2a, .cvtsi2ss, .vx, .ey, is: [.f3, .sse]),
    row(0x0f2a, .cvtsi2sd, .vx, .ey, is: [.f2, .sse2]),
    row(0x0f2c, .cvttps2pi, .pq, .wq, is: [.np, .sse]),
    row(0x0f2c, .cvttpd2pi, .pq, .wx, is: [.x66, .sse2]),
    row(0x0f2c, .cvttss2si, .gy, .wd, is: [.f3, .sse, .extends]),
    row(0x0f2c, .cvttsd2si, .gy, .wq, is: [.f2, .sse2, .extends]),
    row(0x0f2d, .cvtps2pi, .pq, .wq, is: [.np, .sse]),
    row(0x0f2d, .cvtpd2pi, .pq, .wx, is: [.x66, .sse2]),
    row(0x0f2d, .cvtss2si, .gy, .wd, is: [.f3, .sse, .extends]),
    row(0x0f2d, .cvtsd2si, .gy, .wq, is: [.f2, .sse2, .extends]),
    row(0x0f5a, .cvtps2pd, .vx, .wq, is: [.np, .sse2]),
    row(0x0f5a, .cvtpd2ps, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f5a, .cvtss2sd, .vx, .wd, is: [.f3, .sse2]),
    row(0x0f5a, .cvtsd2ss, .vx, .wq, is: [.f2, .sse2]),
    row(0x0f5b, .cvtdq2ps, .vx, .wx, is: [.np, .sse2]),
    row(0x0f5b, .cvtps2dq, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f5b, .cvttps2dq, .vx, .wx, is: [.f3, .sse2]),
    row(0x0fe6, .cvtdq2pd, .vx, .wq, is: [.f3, .sse2]),
    row(0x0fe6, .cvttpd2dq, .vx, .wx, is: [.x66, .sse2]),
    row(0x0fe6, .cvtpd2dq, .vx, .wx, is: [.f2, .sse2]),
  ]
}
