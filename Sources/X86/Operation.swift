/// What an instruction does, whatever its operands are: one case a mnemonic of the manual (SDM volume 2),
/// with the condition codes of Jcc, SETcc and CMOVcc in `Instruction.condition`.
public enum Operation: UInt16, CaseIterable, BitwiseCopyable, Sendable {
  /// Undefined (#UD), and longer than 15 bytes (#GP(0)).
  case invalid, tooLong

  // Data movement
  case mov, movzx, movsx, movsxd, xchg, push, pop, pusha, popa, pushf, popf, lea, lahf, sahf, bswap, xlat, movbe
  case cmov, set, cbw, cwd, cmpxchg, cmpxchg8b, xadd, nop, salc
  // Arithmetic and logic
  case add, or, adc, sbb, and, sub, xor, cmp, test, inc, dec, neg, not, mul, imul, imul3, div, idiv
  case rol, ror, rcl, rcr, shl, shr, sar, shld, shrd
  case bt, bts, btr, btc, bsf, bsr, popcnt, lzcnt, tzcnt, crc32
  case daa, das, aaa, aas, aam, aad
  case andn, bextr, blsi, blsmsk, blsr, bzhi, pdep, pext, rorx, sarx, shlx, shrx, mulx, adcx, adox
  case clc, stc, cmc, cld, std, cli, sti
  // Strings
  case movs, cmps, scas, lods, stos, ins, outs
  // Control transfer
  case jmp, jcc, jcxz, loop, loope, loopne, call, ret, enter, leave, jmpFar, callFar, retFar, iret
  case int3, int, into, int1, bound, ud0, ud1, ud2
  // Segments and system
  case movFromSegment, movToSegment, pushSegment, popSegment, les, lds, lss, lfs, lgs
  case movFromControl, movToControl, movFromDebug, movToDebug
  case lgdt, lidt, sgdt, sidt, lldt, ltr, sldt, str, lmsw, smsw, clts, lar, lsl, verr, verw, arpl
  case invd, wbinvd, invlpg, hlt, `in`, out, rdtsc, rdtscp, rdpmc, rdmsr, wrmsr, rsm, cpuid
  case sysenter, sysexit, syscall, sysret, swapgs, monitor, mwait, xgetbv, xsetbv, rdrand, rdseed, rdpid
  case clflush, prefetch, lfence, mfence, sfence, pause, stac, clac, invpcid, vmcall
  // x87
  case fadd, fsub, fsubr, fmul, fdiv, fdivr, faddp, fsubp, fsubrp, fmulp, fdivp, fdivrp
  case fiadd, fisub, fisubr, fimul, fidiv, fidivr
  case fld, fild, fbld, fst, fstp, fist, fistp, fisttp, fbstp
  case fcom, fcomp, fcompp, fucom, fucomp, fucompp, ficom, ficomp, fcomi, fcomip, fucomi, fucomip, ftst, fxam
  case fchs, fabs, fsqrt, fscale, fprem, fprem1, frndint, fxtract
  case f2xm1, fyl2x, fyl2xp1, fptan, fpatan, fsin, fcos, fsincos
  case fld1, fldl2t, fldl2e, fldpi, fldlg2, fldln2, fldz
  case fxch, fcmovb, fcmove, fcmovbe, fcmovu, fcmovnb, fcmovne, fcmovnbe, fcmovnu
  case fninit, fnclex, fnstcw, fldcw, fnstsw, fnstenv, fldenv, fnsave, frstor, ffree, ffreep, fincstp, fdecstp
  case fnop, fwait, fxsave, fxrstor
  // MMX, and the SSE forms of the same on 16 bytes
  case emms, movd, movq, movntq, maskmovq
  case packsswb, packssdw, packuswb, packusdw
  case punpcklbw, punpcklwd, punpckldq, punpcklqdq, punpckhbw, punpckhwd, punpckhdq, punpckhqdq
  case paddb, paddw, paddd, paddq, paddsb, paddsw, paddusb, paddusw
  case psubb, psubw, psubd, psubq, psubsb, psubsw, psubusb, psubusw
  case pmullw, pmulhw, pmulhuw, pmuludq, pmaddwd, pmuldq, pmulld, pmulhrsw, pmaddubsw
  case pand, pandn, por, pxor, pcmpeqb, pcmpeqw, pcmpeqd, pcmpeqq, pcmpgtb, pcmpgtw, pcmpgtd, pcmpgtq
  case psllw, pslld, psllq, psrlw, psrld, psrlq, psraw, psrad, pslldq, psrldq
  case pavgb, pavgw, psadbw, pminub, pmaxub, pminsw, pmaxsw
  case pminsb, pminsd, pminuw, pminud, pmaxsb, pmaxsd, pmaxuw, pmaxud
  case pextrb, pextrw, pextrd, pinsrb, pinsrw, pinsrd, pmovmskb, pshufw, pshufd, pshufhw, pshuflw, pshufb
  case phaddw, phaddd, phaddsw, phsubw, phsubd, phsubsw, psignb, psignw, psignd, pabsb, pabsw, pabsd, palignr
  case pmovsxbw, pmovsxbd, pmovsxbq, pmovsxwd, pmovsxwq, pmovsxdq
  case pmovzxbw, pmovzxbd, pmovzxbq, pmovzxwd, pmovzxwq, pmovzxdq
  case pblendvb, pblendw, ptest, phminposuw, mpsadbw, pcmpestri, pcmpestrm, pcmpistri, pcmpistrm, pclmulqdq
  case aesenc, aesenclast, aesdec, aesdeclast, aesimc, aeskeygenassist
  // SSE to SSE4.2 floating point and moves
  case movups, movupd, movss, movsd, movaps, movapd, movlps, movlpd, movhps, movhpd, movhlps, movlhps
  case movdqa, movdqu, movntps, movntpd, movntdq, movntdqa, movnti, movq2dq, movdq2q, maskmovdqu, lddqu
  case movmskps, movmskpd, movddup, movsldup, movshdup, ldmxcsr, stmxcsr
  case addps, addpd, addss, addsd, subps, subpd, subss, subsd, mulps, mulpd, mulss, mulsd, divps, divpd, divss, divsd
  case minps, minpd, minss, minsd, maxps, maxpd, maxss, maxsd, sqrtps, sqrtpd, sqrtss, sqrtsd
  case rcpps, rcpss, rsqrtps, rsqrtss, andps, andpd, andnps, andnpd, orps, orpd, xorps, xorpd
  case cmpps, cmppd, cmpss, cmpsdScalar, comiss, comisd, ucomiss, ucomisd
  case shufps, shufpd, unpcklps, unpcklpd, unpckhps, unpckhpd
  case cvtpi2ps, cvtpi2pd, cvtps2pi, cvttps2pi, cvtpd2pi, cvttpd2pi
  case cvtsi2ss, cvtsi2sd, cvtss2si, cvttss2si, cvtsd2si, cvttsd2si
  case cvtps2pd, cvtpd2ps, cvtss2sd, cvtsd2ss, cvtdq2ps, cvtdq2pd, cvtps2dq, cvttps2dq, cvtpd2dq, cvttpd2dq
  case haddps, haddpd, hsubps, hsubpd, addsubps, addsubpd
  case blendps, blendpd, blendvps, blendvpd, dpps, dppd, extractps, insertps, roundps, roundpd, roundss, roundsd
}
