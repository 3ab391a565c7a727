import Testing

@testable import ARM

/// Exceptions of VFP whose trap is enabled (DDI 0238 5), and modes beside IEEE 754.
@Suite struct `VFP exceptions` {
  private let machine = FloatingMachine()
  private let overflowEnable: UInt32 = 1 << 10

  @Test func `an enabled overflow leaves the destination and makes the next instruction undefined`() {
    machine.setSingle(1, .greatestFiniteMagnitude)
    machine.setSingle(0, 7)
    machine.vfp.fpscr = overflowEnable
    let multiply = VFPCode.fmul(0, 1, 1)
    #expect(machine.execute(multiply) == nil)
    #expect(machine.single(0) == 7)
    #expect(machine.vfp.fpscr == overflowEnable)
    #expect(machine.vfp.fpexc == FPEXC.exceptional | FPEXC.enable | FPEXC.overflow | FPEXC.iterations)
    #expect(machine.vfp.fpinst == multiply)
    for next in [
      VFPCode.fadd(2, 3, 4), VFPCode.fcpy(2, 3), VFPCode.fmsr(0, 0), VFPCode.fld(0, 0), VFPCode.fmstat,
      VFPCode.fmrx(0, VFPCode.fpscr), VFPCode.fmxr(VFPCode.fpscr, 0),
    ] {
      #expect(machine.execute(next) == .undefined)
    }
  }

  @Test func `support code can reach the registers that tell of an exception, and end it`() {
    machine.setSingle(1, .greatestFiniteMagnitude)
    machine.vfp.fpscr = overflowEnable
    machine.execute(VFPCode.fmul(0, 1, 1))
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpexc)) == nil)
    #expect(machine.state.r[0] == machine.vfp.fpexc)
    #expect(machine.execute(VFPCode.fmrx(1, VFPCode.fpinst)) == nil)
    #expect(machine.state.r[1] == VFPCode.fmul(0, 1, 1))
    machine.state.r[2] = FPEXC.enable
    #expect(machine.execute(VFPCode.fmxr(VFPCode.fpexc, 2)) == nil)
    #expect(machine.execute(VFPCode.fmrx(3, VFPCode.fpscr)) == nil)
  }

  @Test func `a conditional instruction waits in FPINST as one that is always executed`() {
    machine.setSingle(1, .greatestFiniteMagnitude)
    machine.vfp.fpscr = overflowEnable
    // FMULSNE
    machine.execute(VFPCode.fmul(0, 1, 1) & 0x0fff_ffff | 0x1000_0000)
    #expect(machine.vfp.fpinst == VFPCode.fmul(0, 1, 1))
  }

  @Test func `an exception in the midst of a vector says which element it was and how many remain`() {
    for index in 0..<4 { machine.setDouble(4 + index, index == 1 ? .greatestFiniteMagnitude : 3) }
    machine.vfp.fpscr = overflowEnable | 3 << 16
    machine.execute(VFPCode.fmul(12, 4, 4, double: true))
    #expect((12..<16).map(machine.double) == [9, 0, 0, 0])
    #expect(machine.vfp.fpinst == VFPCode.fmul(13, 5, 5, double: true))
    #expect(machine.vfp.fpexc >> 8 & 7 == 1)
  }

  @Test func `FPINST keeps the opcode of an instruction with one operand`() {
    machine.vfp.fpscr = 1 << 8 | 1 << 16
    machine.setSingle(16, 4)
    machine.setSingle(17, -4)
    machine.execute(VFPCode.fsqrt(8, 16))
    #expect(machine.single(8) == 2)
    #expect(machine.vfp.fpinst == VFPCode.fsqrt(9, 17))
    #expect(machine.vfp.fpexc & FPEXC.invalid != 0)
  }

  @Test func `an enabled invalid comparison does not change the flags`() {
    machine.setSingle(0, .nan)
    machine.vfp.fpscr = 1 << 8 | FPSCR.z
    machine.execute(VFPCode.fcmpe(0, 1))
    #expect(machine.vfp.fpscr == 1 << 8 | FPSCR.z)
    #expect(machine.vfp.fpexc & FPEXC.exceptional != 0)
  }

  @Test func `with inexactness enabled arithmetic is undefined itself, and copies are not`() {
    machine.vfp.fpscr = FPSCR.inexactEnable
    #expect(machine.execute(VFPCode.fadd(0, 1, 2)) == .undefined)
    #expect(machine.execute(VFPCode.fcmp(0, 1)) == .undefined)
    // FSITOS s0, s1
    #expect(machine.execute(0xeeb8_0ae0) == .undefined)
    #expect(machine.vfp.fpexc == FPEXC.enable)
    #expect(machine.execute(VFPCode.fcpy(0, 1)) == nil)
    #expect(machine.execute(VFPCode.fabs(0, 1)) == nil)
    #expect(machine.execute(VFPCode.fneg(0, 1)) == nil)
  }

  @Test func `an enabled underflow is any tiny result, but none that is flushed to zero`() {
    let enable: UInt32 = 1 << 11
    machine.setSingle(1, 0x1p-126)
    machine.setSingle(2, 0.5)
    machine.vfp.fpscr = enable
    machine.execute(VFPCode.fmul(0, 1, 2))
    #expect(machine.vfp.fpexc & (FPEXC.exceptional | FPEXC.underflow) == FPEXC.exceptional | FPEXC.underflow)
    machine.vfp.fpexc = FPEXC.enable
    machine.vfp.fpscr = enable | FPSCR.flushToZero
    machine.execute(VFPCode.fmul(0, 1, 2))
    #expect(machine.vfp.fpexc == FPEXC.enable)
    #expect(machine.vfp.fpscr == enable | FPSCR.flushToZero | 1 << 3)
  }

  @Test func `an enabled division by zero and an enabled denormal operand trap`() {
    machine.setSingle(1, 1)
    machine.vfp.fpscr = 1 << 9
    machine.execute(VFPCode.fdiv(0, 1, 2))
    #expect(machine.vfp.fpexc & FPEXC.exceptional != 0)
    machine.vfp.fpexc = FPEXC.enable
    machine.vfp.fpscr = 1 << 15 | FPSCR.flushToZero
    machine.vfp.s[3] = 1
    machine.execute(VFPCode.fadd(0, 1, 3))
    #expect(machine.vfp.fpexc & (FPEXC.exceptional | FPEXC.inputDenormal) == FPEXC.exceptional | FPEXC.inputDenormal)
  }

  @Test func `zeros that denormals are flushed to are positive, on the way in and out`() {
    machine.vfp.fpscr = FPSCR.flushToZero
    machine.vfp.s[1] = 0x8000_0001
    machine.setSingle(2, 1)
    machine.execute(VFPCode.fdiv(0, 2, 1))
    #expect(machine.single(0) == .infinity)
    #expect(machine.vfp.fpscr == FPSCR.flushToZero | 1 << 7 | 1 << 1)
    machine.vfp.fpscr = FPSCR.flushToZero
    machine.setSingle(1, -0x1p-126)
    machine.setSingle(2, 0.5)
    machine.execute(VFPCode.fmul(0, 1, 2))
    #expect(machine.vfp.s[0] == 0)
    #expect(machine.vfp.fpscr == FPSCR.flushToZero | 1 << 3)
  }

  @Test func `copies keep signaling NaNs and denormals in every mode`() {
    machine.vfp.fpscr = FPSCR.flushToZero | FPSCR.defaultNaN
    machine.vfp.s[1] = 0xff80_0001
    machine.vfp.s[2] = 0x8000_0001
    machine.execute(VFPCode.fcpy(0, 1))
    #expect(machine.vfp.s[0] == 0xff80_0001)
    machine.execute(VFPCode.fabs(0, 2))
    #expect(machine.vfp.s[0] == 1)
    #expect(machine.vfp.fpscr == FPSCR.flushToZero | FPSCR.defaultNaN)
  }
}
