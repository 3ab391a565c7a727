/// What an instruction does, whatever its encoding: Thumb instructions are the ARM ones that they stand for
/// (DDI 0100 A7.1).
public enum Operation: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  // Data processing (DDI 0100 A3.4), in the order of the opcode field.
  case and, eor, sub, rsb, add, adc, sbc, rsc, tst, teq, cmp, cmn, orr, mov, bic, mvn
  // Multiplies (A3.5); `smla` to `smulw` take halves of registers.
  case mul, mla, umull, umlal, smull, smlal
  case smla, smlaw, smlalHalf, smul, smulw
  // Saturated arithmetic (A10) and CLZ.
  case qadd, qsub, qdadd, qdsub, clz
  // Loads and stores (A3.11 to A3.14).
  case ldr, ldrb, ldrh, ldrsb, ldrsh, ldrd, str, strb, strh, strd
  case pld, swp, swpb, ldm, stm
  // Branches (A3.3).
  case b, bl, blx, bx, blxRegister, bxj
  /// The first half of Thumb's BL and BLX: LR = PC + `immediate`.
  case linkPrefix
  /// The second half of Thumb's BL: PC = LR + `immediate`.
  case linkBranch
  /// The second half of Thumb's BLX: PC = (LR + `immediate`) with its low bits cleared, in ARM state.
  case linkExchange
  // Status registers, exceptions, coprocessors (A3.9, A3.15, A3.16).
  case mrs, msr, swi, bkpt
  case mcr, mrc, mcrr, mrrc, cdp, ldc, stc
  // VFP's data processing (C3.1), in the order of `VFPOperation`.
  case fmac, fnmac, fmsc, fnmsc, fmul, fnmul, fadd, fsub, fdiv
  case fcpy, fabs, fneg, fsqrt, fcmp, fcmpe, fcmpz, fcmpez, fcvt, fuito, fsito, ftoui, ftouiz, ftosi, ftosiz
  // Its transfers to and from ARM registers (C3.3), and loads and stores (C3.2).
  case fmsr, fmrs, fmdlr, fmdhr, fmrdl, fmrdh, fmdrr, fmrrd, fmsrr, fmrrs, fmxr, fmrx, fmstat
  case flds, fldd, fsts, fstd, fldms, fldmd, fstms, fstmd
  /// No instruction, or one of a coprocessor that is not there.
  case undefined
}
