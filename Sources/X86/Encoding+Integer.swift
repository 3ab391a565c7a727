// Integer instructions: SDM volume 2 appendix A, the one-byte map and the integer part of map 0F.
extension Encoding {
  /// ADD to CMP have eight forms each, in opcode order.
  static let arithmetic: [Encoding] = {
    var rows: [Encoding] = []
    let operations: [Operation] = [.add, .or, .adc, .sbb, .and, .sub, .xor, .cmp]
    for (number, operation) in operations.enumerated() {
      let base = UInt32(number) * 8
      let reg = UInt8(number)
      let lock: EncodingAttributes = operation == .cmp ? [] : .lock
      rows += [
        row(base, operation, .eb, .gb, is: lock),
        row(base + 1, operation, .ev, .gv, is: lock),
        row(base + 2, operation, .gb, .eb),
        row(base + 3, operation, .gv, .ev),
        row(base + 4, operation, .al, .ib),
        row(base + 5, operation, .eax, .iz),
        row(0x80, reg: reg, operation, .eb, .ib, is: lock),
        row(0x81, reg: reg, operation, .ev, .iz, is: lock),
        row(0x82, reg: reg, operation, .eb, .ib, is: lock.union([.i64, .alias])),
        row(0x83, reg: reg, operation, .ev, .ibs, is: lock),
      ]
    }
    return rows
  }()

  static let unary: [Encoding] = [
    row(0x40, .inc, .zv, is: .i64),
    row(0x48, .dec, .zv, is: .i64),
    row(0xfe, reg: 0, .inc, .eb, is: .lock),
    row(0xfe, reg: 1, .dec, .eb, is: .lock),
    row(0xff, reg: 0, .inc, .ev, is: .lock),
    row(0xff, reg: 1, .dec, .ev, is: .lock),
    row(0xf6, reg: 0, .test, .eb, .ib),
    row(0xf6, reg: 1, .test, .eb, .ib, is: .alias),
    row(0xf6, reg: 2, .not, .eb, is: .lock),
    row(0xf6, reg: 3, .neg, .eb, is: .lock),
    row(0xf6, reg: 4, .mul, .eb),
    row(0xf6, reg: 5, .imul, .eb),
    row(0xf6, reg: 6, .div, .eb),
    row(0xf6, reg: 7, .idiv, .eb),
    row(0xf7, reg: 0, .test, .ev, .iz),
    row(0xf7, reg: 1, .test, .ev, .iz, is: .alias),
    row(0xf7, reg: 2, .not, .ev, is: .lock),
    row(0xf7, reg: 3, .neg, .ev, is: .lock),
    row(0xf7, reg: 4, .mul, .ev),
    row(0xf7, reg: 5, .imul, .ev),
    row(0xf7, reg: 6, .div, .ev),
    row(0xf7, reg: 7, .idiv, .ev),
    row(0x69, .imul3, .gv, .ev, .iz, name: "imul"),
    row(0x6b, .imul3, .gv, .ev, .ibs, name: "imul"),
    row(0x0faf, .imul3, .gv, .ev, name: "imul"),
    row(0x27, .daa, is: .i64),
    row(0x2f, .das, is: .i64),
    row(0x37, .aaa, is: .i64),
    row(0x3f, .aas, is: .i64),
    row(0xd4, .aam, .ib, is: .i64),
    row(0xd5, .aad, .ib, is: .i64),
  ]

  /// Each shift by an immediate, by one and by CL.
  static let shifts: [Encoding] = {
    var rows: [Encoding] = []
    let operations: [Operation] = [.rol, .ror, .rcl, .rcr, .shl, .shr, .shl, .sar]
    for (number, operation) in operations.enumerated() {
      let reg = UInt8(number)
      let alias: EncodingAttributes = number == 6 ? .alias : []
      rows += [
        row(0xc0, reg: reg, operation, .eb, .ib, is: alias),
        row(0xc1, reg: reg, operation, .ev, .ib, is: alias),
        row(0xd0, reg: reg, operation, .eb, .one, is: alias),
        row(0xd1, reg: reg, operation, .ev, .one, is: alias),
        row(0xd2, reg: reg, operation, .eb, .cl, is: alias),
        row(0xd3, reg: reg, operation, .ev, .cl, is: alias),
      ]
    }
    return rows + [
      row(0x0fa4, .shld, .ev, .gv, .ib),
      row(0x0fa5, .shld, .ev, .gv, .cl),
      row(0x0fac, .shrd, .ev, .gv, .ib),
      row(0x0fad, .shrd, .ev, .gv, .cl),
    ]
  }()

  static let moves: [Encoding] = [
    row(0x88, .mov, .eb, .gb),
    row(0x89, .mov, .ev, .gv),
    row(0x8a, .mov, .gb, .eb),
    row(0x8b, .mov, .gv, .ev),
    row(0xa0, .mov, .al, .ob),
    row(0xa1, .mov, .eax, .ov),
    row(0xa2, .mov, .ob, .al),
    row(0xa3, .mov, .ov, .eax),
    row(0xb0, .mov, .zb, .ib),
    row(0xb8, .mov, .zv, .iv),
    row(0xc6, reg: 0, .mov, .eb, .ib),
    row(0xc7, reg: 0, .mov, .ev, .iz),
    row(0x84, .test, .eb, .gb),
    row(0x85, .test, .ev, .gv),
    row(0xa8, .test, .al, .ib),
    row(0xa9, .test, .eax, .iz),
    row(0x86, .xchg, .eb, .gb, is: .lock),
    row(0x87, .xchg, .ev, .gv, is: .lock),
    row(0x90, .nop, is: .np),
    row(0x90, .pause, is: .f3),
    row(0x90, .xchg, .zv, .eax),
    row(0x8d, .lea, .gv, .m, size: .v),
    row(0x98, .cbw, size: .v),
    row(0x99, .cwd, size: .v),
    row(0x9e, .sahf),
    row(0x9f, .lahf),
    row(0xd6, .salc, is: .i64),
    row(0xd7, .xlat, .xb),
    row(0x63, .movsxd, .gv, .ed, is: [.o64, .extends]),
    row(0x0fb6, .movzx, .gv, .eb, is: .extends),
    row(0x0fb7, .movzx, .gv, .ew, is: .extends),
    row(0x0fbe, .movsx, .gv, .eb, is: .extends),
    row(0x0fbf, .movsx, .gv, .ew, is: .extends),
    row(0x0f40, .cmov, .gv, .ev, is: [.cc, .cmov]),
    row(0x0f90, .set, .eb, is: .cc),
    row(0x0fb0, .cmpxchg, .eb, .gb, is: .lock),
    row(0x0fb1, .cmpxchg, .ev, .gv, is: .lock),
    row(0x0fc0, .xadd, .eb, .gb, is: .lock),
    row(0x0fc1, .xadd, .ev, .gv, is: .lock),
    row(0x0fc7, reg: 1, .cmpxchg8b, .mq, is: [.lock, .cx8]),
    row(0x0fc8, .bswap, .zv),
    row(0x0f38f0, .movbe, .gv, .mv, is: .movbe),
    row(0x0f38f1, .movbe, .mv, .gv, is: .movbe),
  ]

  static let stack: [Encoding] = [
    row(0x06, .pushSegment, .es, size: .v, name: "push", is: .i64),
    row(0x0e, .pushSegment, .cs, size: .v, name: "push", is: .i64),
    row(0x16, .pushSegment, .ss, size: .v, name: "push", is: .i64),
    row(0x1e, .pushSegment, .ds, size: .v, name: "push", is: .i64),
    row(0x0fa0, .pushSegment, .fs, size: .v, name: "push", is: .d64),
    row(0x0fa8, .pushSegment, .gs, size: .v, name: "push", is: .d64),
    row(0x07, .popSegment, .es, size: .v, name: "pop", is: .i64),
    row(0x17, .popSegment, .ss, size: .v, name: "pop", is: [.i64, .ends]),
    row(0x1f, .popSegment, .ds, size: .v, name: "pop", is: .i64),
    row(0x0fa1, .popSegment, .fs, size: .v, name: "pop", is: .d64),
    row(0x0fa9, .popSegment, .gs, size: .v, name: "pop", is: .d64),
    row(0x50, .push, .zv, is: .d64),
    row(0x58, .pop, .zv, is: .d64),
    row(0x68, .push, .iz, size: .v, is: .d64),
    row(0x6a, .push, .ibs, size: .v, is: .d64),
    row(0x8f, reg: 0, .pop, .ev, is: .d64),
    row(0xff, reg: 6, .push, .ev, is: .d64),
    row(0x60, .pusha, size: .v, is: .i64),
    row(0x61, .popa, size: .v, is: .i64),
    row(0x9c, .pushf, size: .v, is: .d64),
    row(0x9d, .popf, size: .v, is: [.d64, .ends]),
    row(0xc8, .enter, .iw, .ib, size: .v, is: .d64),
    row(0xc9, .leave, size: .v, is: .d64),
  ]

  static let strings: [Encoding] = [
    row(0x6c, .ins, .yb, .dx, is: .string),
    row(0x6d, .ins, .yz, .dx, is: .string),
    row(0x6e, .outs, .dx, .xb, is: .string),
    row(0x6f, .outs, .dx, .xz, is: .string),
    row(0xa4, .movs, .yb, .xb, is: .string),
    row(0xa5, .movs, .yv, .xv, is: .string),
    row(0xa6, .cmps, .xb, .yb, is: .string),
    row(0xa7, .cmps, .xv, .yv, is: .string),
    row(0xaa, .stos, .yb, .al, is: .string),
    row(0xab, .stos, .yv, .eax, is: .string),
    row(0xac, .lods, .al, .xb, is: .string),
    row(0xad, .lods, .eax, .xv, is: .string),
    row(0xae, .scas, .al, .yb, is: .string),
    row(0xaf, .scas, .eax, .yv, is: .string),
  ]

  static let control: [Encoding] = [
    row(0x70, .jcc, .jb, is: [.cc, .f64, .ends]),
    row(0x0f80, .jcc, .jz, is: [.cc, .f64, .ends]),
    row(0xe0, .loopne, .jb, is: [.f64, .ends]),
    row(0xe1, .loope, .jb, is: [.f64, .ends]),
    row(0xe2, .loop, .jb, is: [.f64, .ends]),
    row(0xe3, .jcxz, .jb, is: [.f64, .ends]),
    row(0xe8, .call, .jz, is: [.f64, .ends]),
    row(0xe9, .jmp, .jz, is: [.f64, .ends]),
    row(0xeb, .jmp, .jb, is: [.f64, .ends]),
    row(0xff, reg: 2, .call, .ev, is: [.f64, .ends]),
    row(0xff, reg: 4, .jmp, .ev, is: [.f64, .ends]),
    row(0xc2, .ret, .iw, size: .v, is: [.f64, .ends]),
    row(0xc3, .ret, size: .v, is: [.f64, .ends]),
    row(0x9a, .callFar, .ap, size: .v, name: "call", is: [.i64, .ends]),
    row(0xea, .jmpFar, .ap, size: .v, name: "jmp", is: [.i64, .ends]),
    row(0xff, reg: 3, .callFar, .mp, size: .v, name: "call", is: .ends),
    row(0xff, reg: 5, .jmpFar, .mp, size: .v, name: "jmp", is: .ends),
    row(0xca, .retFar, .iw, size: .v, name: "retf", is: .ends),
    row(0xcb, .retFar, size: .v, name: "retf", is: .ends),
    row(0xcc, .int3, is: .ends),
    row(0xcd, .int, .ib, is: .ends),
    row(0xce, .into, is: [.i64, .ends]),
    row(0xcf, .iret, size: .v, is: .ends),
    row(0xf1, .int1, is: .ends),
    row(0x62, .bound, .gv, .ma, size: .v, is: .i64),
    row(0x0f0b, .ud2, is: .ends),
    row(0x0fb9, .ud1, .gv, .ev, is: .ends),
    row(0x0fff, .ud0, .gv, .ev, is: .ends),
  ]

  static let bits: [Encoding] = [
    row(0x0fa3, .bt, .ev, .gv),
    row(0x0fab, .bts, .ev, .gv, is: .lock),
    row(0x0fb3, .btr, .ev, .gv, is: .lock),
    row(0x0fbb, .btc, .ev, .gv, is: .lock),
    row(0x0fba, reg: 4, .bt, .ev, .ib),
    row(0x0fba, reg: 5, .bts, .ev, .ib, is: .lock),
    row(0x0fba, reg: 6, .btr, .ev, .ib, is: .lock),
    row(0x0fba, reg: 7, .btc, .ev, .ib, is: .lock),
    row(0x0fbc, .bsf, .gv, .ev),
    row(0x0fbd, .bsr, .gv, .ev),
    row(0x0fbc, .tzcnt, .gv, .ev, is: [.f3, .bmi1]),
    row(0x0fbd, .lzcnt, .gv, .ev, is: [.f3, .lzcnt]),
    row(0x0fb8, .popcnt, .gv, .ev, is: [.f3, .popcnt]),
    row(0x0f38f0, .crc32, .gy, .eb, is: [.f2, .sse42, .extends]),
    row(0x0f38f1, .crc32, .gy, .ev, is: [.f2, .sse42, .extends]),
    row(0x0f38f6, .adcx, .gy, .ey, is: [.x66, .adx]),
    row(0x0f38f6, .adox, .gy, .ey, is: [.f3, .adx]),
  ]

  static let bmi: [Encoding] = [
    row(0x0f38f2, .andn, .gy, .by, .ey, is: [.vex, .np, .bmi1]),
    row(0x0f38f3, reg: 1, .blsr, .by, .ey, is: [.vex, .np, .bmi1]),
    row(0x0f38f3, reg: 2, .blsmsk, .by, .ey, is: [.vex, .np, .bmi1]),
    row(0x0f38f3, reg: 3, .blsi, .by, .ey, is: [.vex, .np, .bmi1]),
    row(0x0f38f7, .bextr, .gy, .ey, .by, is: [.vex, .np, .bmi1]),
    row(0x0f38f5, .bzhi, .gy, .ey, .by, is: [.vex, .np, .bmi2]),
    row(0x0f38f5, .pext, .gy, .by, .ey, is: [.vex, .f3, .bmi2]),
    row(0x0f38f5, .pdep, .gy, .by, .ey, is: [.vex, .f2, .bmi2]),
    row(0x0f38f6, .mulx, .gy, .by, .ey, is: [.vex, .f2, .bmi2]),
    row(0x0f38f7, .shlx, .gy, .ey, .by, is: [.vex, .x66, .bmi2]),
    row(0x0f38f7, .sarx, .gy, .ey, .by, is: [.vex, .f3, .bmi2]),
    row(0x0f38f7, .shrx, .gy, .ey, .by, is: [.vex, .f2, .bmi2]),
    row(0x0f3af0, .rorx, .gy, .ey, .ib, is: [.vex, .f2, .bmi2]),
  ]
}
