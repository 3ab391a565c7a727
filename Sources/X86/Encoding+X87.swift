// x87 escapes: SDM volume 2 appendix A.5.
extension Encoding {
  static let x87Memory: [Encoding] = {
    var rows: [Encoding] = []
    let real: [Operation] = [.fadd, .fmul, .fcom, .fcomp, .fsub, .fsubr, .fdiv, .fdivr]
    let integer: [Operation] = [.fiadd, .fimul, .ficom, .ficomp, .fisub, .fisubr, .fidiv, .fidivr]
    for number in 0..<8 {
      let reg = UInt8(number)
      rows += [
        row(0xd8, reg: reg, real[number], .md), row(0xdc, reg: reg, real[number], .mq),
        row(0xda, reg: reg, integer[number], .md), row(0xde, reg: reg, integer[number], .mw),
      ]
    }
    return rows + [
      row(0xd9, reg: 0, .fld, .md), row(0xdd, reg: 0, .fld, .mq), row(0xdb, reg: 5, .fld, .mt),
      row(0xd9, reg: 2, .fst, .md), row(0xdd, reg: 2, .fst, .mq),
      row(0xd9, reg: 3, .fstp, .md), row(0xdd, reg: 3, .fstp, .mq), row(0xdb, reg: 7, .fstp, .mt),
      row(0xdf, reg: 0, .fild, .mw), row(0xdb, reg: 0, .fild, .md), row(0xdf, reg: 5, .fild, .mq),
      row(0xdf, reg: 2, .fist, .mw), row(0xdb, reg: 2, .fist, .md),
      row(0xdf, reg: 3, .fistp, .mw), row(0xdb, reg: 3, .fistp, .md), row(0xdf, reg: 7, .fistp, .mq),
      row(0xdf, reg: 1, .fisttp, .mw, is: .sse3), row(0xdb, reg: 1, .fisttp, .md, is: .sse3),
      row(0xdd, reg: 1, .fisttp, .mq, is: .sse3),
      row(0xdf, reg: 4, .fbld, .mt), row(0xdf, reg: 6, .fbstp, .mt),
      row(0xd9, reg: 5, .fldcw, .mw), row(0xd9, reg: 7, .fnstcw, .mw), row(0xdd, reg: 7, .fnstsw, .mw),
      row(0xd9, reg: 4, .fldenv, .menv), row(0xd9, reg: 6, .fnstenv, .menv),
      row(0xdd, reg: 4, .frstor, .mstate), row(0xdd, reg: 6, .fnsave, .mstate),
    ]
  }()

  static let x87Register: [Encoding] = [
    row(0x9b, .fwait),
    row(0xd8, reg: 0, .fadd, .st0, .sti), row(0xdc, reg: 0, .fadd, .sti, .st0), row(0xde, reg: 0, .faddp, .sti, .st0),
    row(0xd8, reg: 1, .fmul, .st0, .sti), row(0xdc, reg: 1, .fmul, .sti, .st0), row(0xde, reg: 1, .fmulp, .sti, .st0),
    row(0xd8, reg: 4, .fsub, .st0, .sti), row(0xdc, reg: 5, .fsub, .sti, .st0), row(0xde, reg: 5, .fsubp, .sti, .st0),
    row(0xd8, reg: 5, .fsubr, .st0, .sti), row(0xdc, reg: 4, .fsubr, .sti, .st0),
    row(0xde, reg: 4, .fsubrp, .sti, .st0),
    row(0xd8, reg: 6, .fdiv, .st0, .sti), row(0xdc, reg: 7, .fdiv, .sti, .st0), row(0xde, reg: 7, .fdivp, .sti, .st0),
    row(0xd8, reg: 7, .fdivr, .st0, .sti), row(0xdc, reg: 6, .fdivr, .sti, .st0),
    row(0xde, reg: 6, .fdivrp, .sti, .st0),
    row(0xd8, reg: 2, .fcom, .hst0, .sti), row(0xdc, reg: 2, .fcom, .hst0, .sti, is: .alias),
    row(0xd8, reg: 3, .fcomp, .hst0, .sti), row(0xdc, reg: 3, .fcomp, .hst0, .sti, is: .alias),
    row(0xde, reg: 2, .fcomp, .hst0, .sti, is: .alias), row(0xde, reg: 3, rm: 1, .fcompp),
    row(0xdd, reg: 4, .fucom, .hst0, .sti), row(0xdd, reg: 5, .fucomp, .hst0, .sti), row(0xda, reg: 5, rm: 1, .fucompp),
    row(0xdb, reg: 5, .fucomi, .st0, .sti, is: .cmov), row(0xdf, reg: 5, .fucomip, .st0, .sti, is: .cmov),
    row(0xdb, reg: 6, .fcomi, .st0, .sti, is: .cmov), row(0xdf, reg: 6, .fcomip, .st0, .sti, is: .cmov),
    row(0xda, reg: 0, .fcmovb, .st0, .sti, is: .cmov), row(0xdb, reg: 0, .fcmovnb, .st0, .sti, is: .cmov),
    row(0xda, reg: 1, .fcmove, .st0, .sti, is: .cmov), row(0xdb, reg: 1, .fcmovne, .st0, .sti, is: .cmov),
    row(0xda, reg: 2, .fcmovbe, .st0, .sti, is: .cmov), row(0xdb, reg: 2, .fcmovnbe, .st0, .sti, is: .cmov),
    row(0xda, reg: 3, .fcmovu, .st0, .sti, is: .cmov), row(0xdb, reg: 3, .fcmovnu, .st0, .sti, is: .cmov),
    row(0xd9, reg: 0, .fld, .hst0, .sti),
    row(0xd9, reg: 1, .fxch, .hst0, .sti), row(0xdd, reg: 1, .fxch, .hst0, .sti, is: .alias),
    row(0xdf, reg: 1, .fxch, .hst0, .sti, is: .alias),
    row(0xdd, reg: 2, .fst, .sti, .hst0), row(0xdd, reg: 3, .fstp, .sti, .hst0),
    row(0xd9, reg: 3, .fstp, .sti, .hst0, is: .alias), row(0xdf, reg: 2, .fstp, .sti, .hst0, is: .alias),
    row(0xdf, reg: 3, .fstp, .sti, .hst0, is: .alias),
    row(0xdd, reg: 0, .ffree, .sti), row(0xdf, reg: 0, .ffreep, .sti),
    row(0xd9, reg: 2, rm: 0, .fnop),
    row(0xd9, reg: 4, rm: 0, .fchs), row(0xd9, reg: 4, rm: 1, .fabs),
    row(0xd9, reg: 4, rm: 4, .ftst), row(0xd9, reg: 4, rm: 5, .fxam),
    row(0xd9, reg: 5, rm: 0, .fld1), row(0xd9, reg: 5, rm: 1, .fldl2t), row(0xd9, reg: 5, rm: 2, .fldl2e),
    row(0xd9, reg: 5, rm: 3, .fldpi), row(0xd9, reg: 5, rm: 4, .fldlg2), row(0xd9, reg: 5, rm: 5, .fldln2),
    row(0xd9, reg: 5, rm: 6, .fldz),
    row(0xd9, reg: 6, rm: 0, .f2xm1), row(0xd9, reg: 6, rm: 1, .fyl2x), row(0xd9, reg: 6, rm: 2, .fptan),
    row(0xd9, reg: 6, rm: 3, .fpatan), row(0xd9, reg: 6, rm: 4, .fxtract), row(0xd9, reg: 6, rm: 5, .fprem1),
    row(0xd9, reg: 6, rm: 6, .fdecstp), row(0xd9, reg: 6, rm: 7, .fincstp),
    row(0xd9, reg: 7, rm: 0, .fprem), row(0xd9, reg: 7, rm: 1, .fyl2xp1), row(0xd9, reg: 7, rm: 2, .fsqrt),
    row(0xd9, reg: 7, rm: 3, .fsincos), row(0xd9, reg: 7, rm: 4, .frndint), row(0xd9, reg: 7, rm: 5, .fscale),
    row(0xd9, reg: 7, rm: 6, .fsin), row(0xd9, reg: 7, rm: 7, .fcos),
    // What the 8087 and 80287 had here is ignored.
    row(0xdb, reg: 4, rm: 0, .fnop, name: "fneni(8087 only)", is: .alias),
    row(0xdb, reg: 4, rm: 1, .fnop, name: "fndisi(8087 only)", is: .alias),
    row(0xdb, reg: 4, rm: 2, .fnclex), row(0xdb, reg: 4, rm: 3, .fninit),
    row(0xdb, reg: 4, rm: 4, .fnop, name: "fnsetpm(287 only)", is: .alias),
    row(0xdf, reg: 4, rm: 0, .fnstsw, .ax),
  ]
}
