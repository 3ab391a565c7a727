import Testing

@testable import ARM

/// What `Decoder` makes of encodings, field for field.
struct DecodedFieldTests {
  private func arm(_ bits: UInt32) -> Instruction { Decoder.arm.decode(bits, handler: CPU.endOfBlock) }
  private func thumb(_ bits: UInt32) -> Instruction { Decoder.thumb.decode(bits, handler: CPU.endOfBlock) }

  @Test func `registers are places, conditions are kept`() {
    let op = arm(0x1081_4003)  // addne r4, r1, r3
    #expect(op.operation == .add)
    #expect(op.condition == 1)
    #expect((op.rd, op.rn, op.rm) == (16, 4, 12))
    #expect(op.shift == .none)
    #expect(op.flags == [])
    #expect(op.length == 4)
  }

  @Test func `an immediate is rotated, and says so where the shifter's carry depends on it`() {
    let wide = arm(0xe3b0_14ff)  // movs r1, #0xff000000
    #expect((wide.immediate, wide.amount, wide.shift) == (0xff00_0000, 8, .immediate))
    #expect(wide.flags == .updates)
    let plain = arm(0xe3b0_10ff)
    #expect((plain.immediate, plain.amount) == (0xff, 0))
    // The same value as #4, with a carry.
    let odd = arm(0xe3b0_1f01)
    #expect((odd.immediate, odd.amount) == (4, 30))
  }

  @Test func `a shift by 0 is none, by 32, or RRX, as its type has it`() {
    let forms: [(bits: UInt32, shift: Shift, amount: UInt8)] = [
      (0x000, .none, 0), (0x020, .lsr, 32), (0x040, .asr, 32), (0x060, .rrx, 0),
      (0xf80, .lsl, 31), (0xfa0, .lsr, 31), (0xfc0, .asr, 31), (0xfe0, .ror, 31),
    ]
    // AND and MOV have rows of different kinds; an offset is shifted alike.
    for head: UInt32 in [0xe001_2003, 0xe1a0_2003, 0xe791_2003] {
      for form in forms {
        let op = arm(head | form.bits)
        #expect((op.shift, op.rm) == (form.shift, 12), "\(head | form.bits)")
        if op.shift != .none && op.shift != .rrx { #expect(op.amount == form.amount, "\(head | form.bits)") }
      }
    }
    for (type, shift) in [Shift.lslRegister, .lsrRegister, .asrRegister, .rorRegister].enumerated() {
      for head: UInt32 in [0xe001_2413, 0xe1a0_2413] {
        let op = arm(head | UInt32(type) << 5)
        #expect((op.shift, op.rm, op.rs) == (shift, 12, 16))
      }
    }
  }

  @Test func `multiplies have their high result in rd, the low one or the addend in rn`() {
    let long = arm(0xe0e2_1493)  // smlal r1, r2, r3, r4
    #expect(long.operation == .smlal)
    #expect((long.rd, long.rn, long.rm, long.rs) == (8, 4, 12, 16))
    let addend = arm(0xe031_4392)  // mlas r1, r2, r3, r4
    #expect((addend.rd, addend.rn, addend.rm, addend.rs) == (4, 16, 8, 12))
    #expect(addend.flags == .updates)
    let halves = arm(0xe100_32c1)  // smlabt r0, r1, r2, r3
    #expect(halves.operation == .smla)
    #expect(halves.flags == .topS)
    #expect((halves.rd, halves.rn, halves.rm, halves.rs) == (0, 12, 4, 8))
    #expect(arm(0xe100_32a1).flags == .topM)
  }

  @Test func `an immediate offset has its sign, a register offset a flag`() {
    let down = arm(0xe511_0064)  // ldr r0, [r1, #-100]
    #expect((down.immediate, down.shift) == (0 &- 100, .immediate))
    #expect(down.flags == .preIndexed)
    let half = arm(0xe151_06b4)  // ldrh r0, [r1, #-100]
    #expect((half.operation, half.immediate) == (.ldrh, 0 &- 100))
    let register = arm(0xe711_0183)  // ldr r0, [r1, -r3, lsl #3]
    #expect(register.flags == [.preIndexed, .subtract])
    #expect((register.shift, register.amount, register.rm) == (.lsl, 3, 12))
    #expect(arm(0xe111_00b3).flags == [.preIndexed, .subtract])  // ldrh r0, [r1, -r3]
  }

  @Test func `post-indexed forms write back, and with W take a user's permissions`() {
    #expect(arm(0xe491_0004).flags == .writeback)  // ldr r0, [r1], #4
    #expect(arm(0xe5b1_0004).flags == [.preIndexed, .writeback])
    #expect(arm(0xe4b1_0004).flags == [.writeback, .user])  // ldrt r0, [r1], #4
    #expect(arm(0xe6e1_0003).flags == [.writeback, .user])  // strbt r0, [r1], r3
    #expect(arm(0xe0f1_00b4).flags == .writeback)  // ldrh r0, [r1], #4, W set
  }

  @Test func `a base that is loaded, or r15, is not written back`() {
    #expect(arm(0xe491_1004).flags == [])
    #expect(arm(0xe481_1004).flags == .writeback)
    #expect(arm(0xe5bf_0004).flags == [.preIndexed, .readsPC])
    #expect(arm(0xe8b1_0006).flags == [])  // ldm r1!, {r1, r2}
    #expect(arm(0xe8a1_0006).flags == .writeback)  // stm r1!, {r1, r2}
    #expect(arm(0xe0c3_20d0).flags == [])  // ldrd r2, [r3], #0
    #expect(thumb(0xc90a).flags == .narrow)  // ldmia r1, {r1, r3}
  }

  @Test func `what cannot be so is undefined`() {
    let bits: [UInt32] = [
      0xe00f_0291, 0xe081_f392, 0xe160_ff11, 0xe5d1_f000, 0xe1d1_f0b0, 0xe89f_0001, 0xe12f_ff3f, 0xe10f_f000,
      // LDRD of r1 and of r14; LDM of nothing; BKPT with a condition; r15 in SWP and MRRC.
      0xe1c0_10d0, 0xe1c0_e0d0, 0xe890_0000, 0x0120_0070, 0xe102_f091, 0xec5f_0e00,
    ]
    for bits in bits {
      let op = arm(bits)
      #expect(op.operation == .undefined, "\(String(bits, radix: 16))")
      #expect(op.immediate == bits)
      #expect(op.flags == .endsBlock)
    }
    for bits: UInt32 in [0xb400, 0xbc00, 0xc100, 0x47f8, 0xe801, 0xde00, 0xba00] {
      #expect(thumb(bits).operation == .undefined, "\(String(bits, radix: 16))")
    }
  }

  @Test func `each operand that is r15 has it read`() {
    let reading: [UInt32] = [
      0xe08f_0001, 0xe081_000f, 0xe081_021f, 0xe081_0f11, 0xe1a0_000f, 0xe59f_0000, 0xe791_000f, 0xe581_f000,
      0xe5c1_f000, 0xe1c1_f0b0, 0xe881_8000, 0xe12f_ff1f, 0xee01_ff10, 0xf5df_f000, 0xed9f_0e00, 0xe24f_f004,
    ]
    for bits in reading { #expect(arm(bits).flags.contains(.readsPC), "\(String(bits, radix: 16))") }
    let others: [UInt32] = [
      0xe1a0_f000, 0xe3a0_f000, 0xeaff_fffe, 0xebff_fffe, 0xe597_0000, 0xe8b1_8000, 0xee11_ff10,
      0xe150_0001, 0xe591_f000,
    ]
    for bits in others { #expect(!arm(bits).flags.contains(.readsPC), "\(String(bits, radix: 16))") }
    for bits: UInt32 in [0x4478, 0x4487, 0x4578, 0x45f8, 0x4678, 0x4778] {
      #expect(thumb(bits).flags.isSuperset(of: [.readsPC, .narrow]), "\(String(bits, radix: 16))")
      #expect(!thumb(bits).flags.contains(.alignedPC))
    }
    for bits: UInt32 in [0x4801, 0xa001] { #expect(thumb(bits).flags.isSuperset(of: [.readsPC, .alignedPC])) }
    for bits: UInt32 in [0x4687, 0xa801, 0x9801, 0xe7fe, 0xf000] { #expect(!thumb(bits).flags.contains(.readsPC)) }
  }

  @Test func `what may go on elsewhere, or change how the CPU goes on, ends a block`() {
    let ending: [UInt32] = [
      0xeaff_fffe, 0x0aff_fffe, 0xebff_fffe, 0xfaff_fffe, 0xe12f_ff11, 0xe12f_ff31, 0xe12f_ff21, 0xe1a0_f00e,
      0xe08f_f001,
      0xe3b0_f000, 0xe591_f000, 0xe491_f004, 0xe891_8000, 0xe8fd_8001, 0xe121_f001, 0xe321_f0d3, 0xe161_f001,
      0xee01_0f10, 0x1e01_0f10, 0xef00_0000, 0xe120_0070, 0xe7f0_00f0, 0xf600_0000,
    ]
    for bits in ending { #expect(arm(bits).flags.contains(.endsBlock), "\(String(bits, radix: 16))") }
    let others: [UInt32] = [
      0xe1a0_1002, 0xe15f_0001, 0xe310_f001, 0xe581_f000, 0xe881_8000, 0xe891_4000, 0xe10f_0000, 0xee11_0f10,
      0xee01_0e10, 0xf5d1_f000, 0xee11_ff10, 0xe000_0291,
    ]
    for bits in others { #expect(!arm(bits).flags.contains(.endsBlock), "\(String(bits, radix: 16))") }
    for bits: UInt32 in [0x4487, 0x4687, 0x4700, 0x4780, 0xbd00, 0xbe00, 0xd0fe, 0xdf00, 0xe7fe, 0xe800, 0xf800] {
      #expect(thumb(bits).flags.contains(.endsBlock), "\(String(bits, radix: 16))")
    }
    for bits: UInt32 in [0x4685, 0x4587, 0xb501, 0xbc01, 0xf000] {
      #expect(!thumb(bits).flags.contains(.endsBlock), "\(String(bits, radix: 16))")
    }
  }

  @Test func `branches have their displacement in bytes`() {
    #expect(arm(0xeaff_fffe).immediate == 0 &- 8)
    #expect(arm(0xeb00_0001).immediate == 4)
    #expect((arm(0xfb00_0001).operation, arm(0xfb00_0001).immediate) == (.blx, 6))
    #expect((thumb(0xd1fe).operation, thumb(0xd1fe).condition, thumb(0xd1fe).immediate) == (.b, 1, 0 &- 4))
    #expect(thumb(0xe001).immediate == 2)
    #expect((thumb(0xf7ff).operation, thumb(0xf7ff).immediate) == (.linkPrefix, 0 &- 0x1000))
    #expect((thumb(0xffff).operation, thumb(0xffff).immediate) == (.linkBranch, 0xffe))
    #expect((thumb(0xeffe).operation, thumb(0xeffe).immediate) == (.linkExchange, 0xffc))
  }

  @Test func `status registers, coprocessors and calls have their numbers where they belong`() {
    let flags = arm(0xe328_f20f)  // msr CPSR_f, #0xf0000000
    #expect((flags.operation, flags.immediate, flags.amount, flags.shift) == (.msr, 0xf000_0000, 8, .immediate))
    let saved = arm(0xe169_f001)  // msr SPSR_fc, r1
    #expect((saved.amount, saved.rm, saved.shift) == (9, 4, .none))
    #expect(saved.flags == [.spsr, .endsBlock])
    #expect(arm(0xe14f_1000).flags == .spsr)
    let move = arm(0xee27_1f5a)  // mcr 15, 1, r1, cr7, cr10, {2}
    #expect((move.operation, move.rd, move.amount, move.immediate) == (.mcr, 4, 15, 0x172a))
    let two = arm(0xec42_1e33)  // mcrr 14, 3, r1, r2, cr3
    #expect((two.rd, two.rn, two.amount, two.immediate) == (4, 8, 14, 0x3003))
    let load = arm(0xed73_2e04)  // ldcl 14, cr2, [r3, #-16]!
    #expect((load.operation, load.rn, load.amount, load.immediate) == (.ldc, 12, 14, 0xed73_2e04))
    #expect(load.flags == [.preIndexed, .writeback, .subtract, .long])
    #expect(arm(0xfd93_2e04).flags == [.preIndexed, .second])
    #expect(arm(0xef12_3456).immediate == 0x12_3456)
    #expect(arm(0xe121_2374).immediate == 0x1234)
    #expect(thumb(0xdf12).immediate == 0x12)
  }

  @Test func `Thumb instructions are the ARM ones that they stand for`() {
    let shift = thumb(0x1008)  // asrs r0, r1, #32
    #expect((shift.operation, shift.rd, shift.rm, shift.shift, shift.amount) == (.mov, 0, 4, .asr, 32))
    #expect(shift.flags == [.updates, .narrow])
    let byRegister = thumb(0x41d3)  // rors r3, r2
    #expect((byRegister.rd, byRegister.rm, byRegister.rs, byRegister.shift) == (12, 12, 8, .rorRegister))
    let negate = thumb(0x4248)  // negs r0, r1
    #expect((negate.operation, negate.rd, negate.rn, negate.immediate) == (.rsb, 0, 4, 0))
    #expect(negate.shift == .immediate)
    let product = thumb(0x434a)  // muls r2, r1
    #expect((product.rd, product.rm, product.rs) == (8, 4, 8))
    let high = thumb(0x44c1)  // add r9, r8
    #expect((high.rd, high.rn, high.rm) == (36, 36, 32))
    #expect(high.flags == .narrow)
    let literal = thumb(0x4b02)  // ldr r3, [pc, #8]
    #expect((literal.operation, literal.rd, literal.rn, literal.immediate) == (.ldr, 12, 60, 8))
    let stack = thumb(0xb082)  // sub sp, #8
    #expect((stack.operation, stack.rd, stack.rn, stack.immediate) == (.sub, 52, 52, 8))
    let push = thumb(0xb510)  // push {r4, lr}
    #expect((push.operation, push.rn, push.immediate) == (.stm, 52, 0x4010))
    #expect(push.flags == [.preIndexed, .subtract, .writeback, .narrow])
    let pop = thumb(0xbd10)
    #expect((pop.operation, pop.rn, pop.immediate) == (.ldm, 52, 0x8010))
    #expect(pop.flags == [.writeback, .narrow, .endsBlock])
    let halfword = thumb(0x8888)  // ldrh r0, [r1, #4]
    #expect((halfword.operation, halfword.immediate) == (.ldrh, 4))
  }
}
