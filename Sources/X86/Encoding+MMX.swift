// MMX, and the same instructions on XMM registers.
extension Encoding {
  /// Two rows: MMX registers without prefix, XMM registers with 66. `mmx` is what the MMX form needs.
  static func both(
    _ opcode: UInt32, _ operation: Operation, mmx: EncodingAttributes = .mmx, xmm: EncodingAttributes = .sse2
  ) -> [Encoding] {
    [
      row(opcode, operation, .pq, .qq, is: mmx.union(.np)),
      row(opcode, operation, .vx, .wx, is: xmm.union(.x66)),
    ]
  }

  static let mmxAndSSE2: [Encoding] = {
    let original: [(UInt32, Operation)] = [
      (0x0f63, .packsswb), (0x0f64, .pcmpgtb), (0x0f65, .pcmpgtw), (0x0f66, .pcmpgtd),
      (0x0f67, .packuswb), (0x0f68, .punpckhbw), (0x0f69, .punpckhwd), (0x0f6a, .punpckhdq), (0x0f6b, .packssdw),
      (0x0f74, .pcmpeqb), (0x0f75, .pcmpeqw), (0x0f76, .pcmpeqd),
      (0x0fd1, .psrlw), (0x0fd2, .psrld), (0x0fd3, .psrlq), (0x0fd5, .pmullw), (0x0fd8, .psubusb), (0x0fd9, .psubusw),
      (0x0fdb, .pand), (0x0fdc, .paddusb), (0x0fdd, .paddusw), (0x0fdf, .pandn), (0x0fe1, .psraw), (0x0fe2, .psrad),
      (0x0fe5, .pmulhw), (0x0fe8, .psubsb), (0x0fe9, .psubsw), (0x0feb, .por), (0x0fec, .paddsb), (0x0fed, .paddsw),
      (0x0fef, .pxor), (0x0ff1, .psllw), (0x0ff2, .pslld), (0x0ff3, .psllq), (0x0ff5, .pmaddwd),
      (0x0ff8, .psubb), (0x0ff9, .psubw), (0x0ffa, .psubd), (0x0ffc, .paddb), (0x0ffd, .paddw), (0x0ffe, .paddd),
    ]
    let withSSE: [(UInt32, Operation)] = [
      (0x0fda, .pminub), (0x0fde, .pmaxub), (0x0fe0, .pavgb), (0x0fe3, .pavgw), (0x0fe4, .pmulhuw), (0x0fea, .pminsw),
      (0x0fee, .pmaxsw), (0x0ff6, .psadbw),
    ]
    let withSSE2: [(UInt32, Operation)] = [(0x0fd4, .paddq), (0x0ff4, .pmuludq), (0x0ffb, .psubq)]
    var rows: [Encoding] = []
    for (opcode, operation) in original { rows += both(opcode, operation) }
    for (opcode, operation) in withSSE { rows += both(opcode, operation, mmx: .sse) }
    for (opcode, operation) in withSSE2 { rows += both(opcode, operation, mmx: .sse2) }
    return rows + [
      row(0x0f60, .punpcklbw, .pq, .qd, is: [.np, .mmx]), row(0x0f60, .punpcklbw, .vx, .wx, is: [.x66, .sse2]),
      row(0x0f61, .punpcklwd, .pq, .qd, is: [.np, .mmx]), row(0x0f61, .punpcklwd, .vx, .wx, is: [.x66, .sse2]),
      row(0x0f62, .punpckldq, .pq, .qd, is: [.np, .mmx]), row(0x0f62, .punpckldq, .vx, .wx, is: [.x66, .sse2]),
      row(0x0f6c, .punpcklqdq, .vx, .wx, is: [.x66, .sse2]),
      row(0x0f6d, .punpckhqdq, .vx, .wx, is: [.x66, .sse2]),
      row(0x0f77, .emms, is: [.np, .mmx]),
    ]
  }()

  /// Shifts by an immediate.
  static let mmxShifts: [Encoding] = {
    let shifts: [(UInt32, UInt8, Operation)] = [
      (0x0f71, 2, .psrlw), (0x0f71, 4, .psraw), (0x0f71, 6, .psllw), (0x0f72, 2, .psrld), (0x0f72, 4, .psrad),
      (0x0f72, 6, .pslld), (0x0f73, 2, .psrlq), (0x0f73, 6, .psllq),
    ]
    var rows: [Encoding] = []
    for (opcode, reg, operation) in shifts {
      rows += [
        row(opcode, reg: reg, operation, .nq, .ib, is: [.np, .mmx]),
        row(opcode, reg: reg, operation, .ux, .ib, is: [.x66, .sse2]),
      ]
    }
    return rows + [
      row(0x0f73, reg: 3, .psrldq, .ux, .ib, is: [.x66, .sse2]),
      row(0x0f73, reg: 7, .pslldq, .ux, .ib, is: [.x66, .sse2]),
    ]
  }()

  /// Moves, shuffles and what goes between register files: `size` tells MMX (8) from XMM (16).
  static let mmxMoves: [Encoding] = [
    row(0x0f6e, .movd, .pq, .ey, size: .q, is: [.np, .mmx]),
    row(0x0f6e, .movd, .vx, .ey, size: .x, is: [.x66, .sse2]),
    row(0x0f7e, .movd, .ey, .pq, size: .q, is: [.np, .mmx, .toInteger]),
    row(0x0f7e, .movd, .ey, .vx, size: .x, is: [.x66, .sse2, .toInteger]),
    row(0x0f6f, .movq, .pq, .qq, is: [.np, .mmx]),
    row(0x0f7f, .movq, .qq, .pq, is: [.np, .mmx]),
    row(0x0f7e, .movq, .vx, .wq, size: .x, is: [.f3, .sse2]),
    row(0x0fd6, .movq, .wq, .vx, size: .x, is: [.x66, .sse2]),
    row(0x0f6f, .movdqa, .vx, .wx, is: [.x66, .sse2]),
    row(0x0f7f, .movdqa, .wx, .vx, is: [.x66, .sse2]),
    row(0x0f6f, .movdqu, .vx, .wx, is: [.f3, .sse2]),
    row(0x0f7f, .movdqu, .wx, .vx, is: [.f3, .sse2]),
    row(0x0fd6, .movq2dq, .vx, .nq, is: [.f3, .sse2]),
    row(0x0fd6, .movdq2q, .pq, .ux, is: [.f2, .sse2]),
    row(0x0fe7, .movntq, .mq, .pq, is: [.np, .sse]),
    row(0x0fe7, .movntdq, .mx, .vx, is: [.x66, .sse2]),
    row(0x0ff0, .lddqu, .vx, .m, size: .x, is: [.f2, .sse3]),
    row(0x0ff7, .maskmovq, .pq, .nq, is: [.np, .sse]),
    row(0x0ff7, .maskmovdqu, .vx, .ux, is: [.x66, .sse2]),
    row(0x0f70, .pshufw, .pq, .qq, .ib, is: [.np, .sse]),
    row(0x0f70, .pshufd, .vx, .wx, .ib, is: [.x66, .sse2]),
    row(0x0f70, .pshufhw, .vx, .wx, .ib, is: [.f3, .sse2]),
    row(0x0f70, .pshuflw, .vx, .wx, .ib, is: [.f2, .sse2]),
    row(0x0fc4, .pinsrw, .pq, .edw, .ib, size: .q, is: [.np, .sse]),
    row(0x0fc4, .pinsrw, .vx, .edw, .ib, size: .x, is: [.x66, .sse2]),
    row(0x0fc5, .pextrw, .gd, .nq, .ib, size: .q, is: [.np, .sse]),
    row(0x0fc5, .pextrw, .gd, .ux, .ib, size: .x, is: [.x66, .sse2]),
    row(0x0fd7, .pmovmskb, .gd, .nq, size: .q, is: [.np, .sse]),
    row(0x0fd7, .pmovmskb, .gd, .ux, size: .x, is: [.x66, .sse2]),
  ]
}
