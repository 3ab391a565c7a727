import Testing

@testable import ARM

/// VFP instructions in blocks, between others.
@Suite struct `VFP in programs` {
  private let enable: [UInt32] = [
    // MOV r0, #0x40000000
    0xe3a0_0101, VFPCode.fmxr(VFPCode.fpexc, 0),
  ]

  @Test func `Newton's steps towards the root of two are the host's`() throws {
    let machine = try TestMachine()
    let program: [UInt32] =
      enable + [
        Code.mov(1, 2), VFPCode.fmsr(0, 1),
        // FSITOD d1, s0; d2 = d1; d3 = d1
        0xeeb8_1bc0, VFPCode.fcpy(2, 1, double: true), VFPCode.fcpy(3, 1, double: true), Code.mov(2, 6),
        // d2 = (d2 + d1 / d2) / d3
        VFPCode.fdiv(4, 1, 2, double: true), VFPCode.fadd(4, 4, 2, double: true), VFPCode.fdiv(2, 4, 3, double: true),
        Code.subs(2, 2, 1), Code.bne(-4),
        VFPCode.fsqrt(5, 1, double: true), VFPCode.fcmp(2, 5, double: true), VFPCode.fmstat,
        // MOVEQ r3, #1
        0x03a0_3001,
      ]
    machine.run(program, program.count + 5 * 5)
    var root = 2.0
    for _ in 0..<6 { root = (2 / root + root) / 2 }
    var vfp = machine.cpu.state.vfp
    #expect(vfp.read(4, UInt64.self) == root.bitPattern)
    #expect(machine[3] == (root == 2.0.squareRoot() ? 1 : 0))
    #expect(machine.cpu.state.vfp.fpscr & FPSCR.cumulative == FPSCR.inexact)
    #expect(machine.exceptions == [])
  }

  @Test func `support code finds the trigger's address in the link and the cause in FPINST, and goes on there`() throws
  {
    let machine = try TestMachine()
    // At the vector: the cause to r8, FPEXC.EX cleared, and back to the trigger.
    machine.load(
      [VFPCode.fmrx(8, VFPCode.fpinst), VFPCode.fmxr(VFPCode.fpexc, 0), Code.returnToLink4], at: 4)
    let cause = VFPCode.fdiv(0, 1, 2)
    let program: [UInt32] =
      enable + [
        // Division by zero traps.
        Code.mov(1, 0x200 >> 8) | 0xc00, VFPCode.fmxr(VFPCode.fpscr, 1), Code.mov(2, 1), VFPCode.fmsr(1, 2),
        // FSITOS s1, s1
        0xeef8_0ae0, cause, Code.mov(4, 7), VFPCode.fmrs(3, 1), Code.mov(5, 9),
      ]
    machine.run(program, program.count + 4 + 1)
    #expect(machine.exceptions == ["undefined"])
    #expect(machine[8] == cause)
    #expect(machine[3] == 0x3f80_0000)
    #expect(machine[4] == 7)
    #expect(machine[5] == 9)
    #expect(machine.cpu.state.vfp.fpexc == FPEXC.enable)
  }
}
