import DeviceAudit
import GuestMemory
import Testing

@testable import ARM

/// VFP's system registers, transfers, loads and stores (DDI 0100 C2.7, C3).
@Suite struct `VFP registers` {
  private let machine: FloatingMachine

  init() throws { machine = FloatingMachine(ram: try RAMBlock(name: "ram", size: 1 << 16)) }

  @Test func `the state's table describes it whole`() {
    #expect(auditState(VFPState.self) == [])
  }

  // MARK: Access

  @Test func `until it is enabled only its ID and FPEXC can be reached, and only with privileges`() {
    machine.vfp.fpexc = 0
    #expect(machine.execute(VFPCode.fadd(0, 1, 2)) == .undefined)
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpscr)) == .undefined)
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpinst)) == .undefined)
    #expect(machine.execute(VFPCode.fld(0, 0)) == .undefined)
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpsid)) == nil)
    #expect(machine.state.r[0] == 0x4101_1090)
    machine.state.r[1] = FPEXC.enable
    machine.enter(.user)
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpsid)) == .undefined)
    #expect(machine.execute(VFPCode.fmxr(VFPCode.fpexc, 1)) == .undefined)
    machine.enter(.supervisor)
    #expect(machine.execute(VFPCode.fmxr(VFPCode.fpexc, 1)) == nil)
    #expect(machine.execute(VFPCode.fadd(0, 1, 2)) == nil)
  }

  @Test func `users reach FPSCR and the ID of an enabled VFP, and nothing else of the system's`() {
    machine.enter(.user)
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpsid)) == nil)
    #expect(machine.execute(VFPCode.fmxr(VFPCode.fpscr, 0)) == nil)
    for number in [VFPCode.fpexc, VFPCode.fpinst, VFPCode.fpinst2] {
      #expect(machine.execute(VFPCode.fmrx(0, number)) == .undefined)
      #expect(machine.execute(VFPCode.fmxr(number, 0)) == .undefined)
    }
  }

  @Test func `registers of later coprocessors are undefined`() {
    for number in [2, 3, 4, 5, 6, 7, 11, 15] as [UInt32] {
      #expect(machine.execute(VFPCode.fmrx(0, number)) == .undefined)
    }
    // FADDD d0, d1, d16, and VADD of Advanced SIMD
    #expect(machine.execute(0xee31_0b20) == .undefined)
    #expect(machine.execute(0xf200_0d00) == .undefined)
  }

  @Test func `a CPU without the coprocessor has none of its instructions`() {
    let model = CPUModel.all[0]
    let machine = FloatingMachine(
      model: CPUModel(
        name: "none", mainID: model.mainID, cacheType: model.cacheType, tcmStatus: 0, control: model.control,
        floatingPointID: nil))
    machine.vfp.fpexc = 0
    #expect(machine.execute(VFPCode.fmrx(0, VFPCode.fpsid)) == .undefined)
    #expect(machine.execute(VFPCode.fmxr(VFPCode.fpexc, 0)) == .undefined)
  }

  @Test func `FPSCR and FPEXC keep the bits that exist, FPSID all of its own`() {
    machine.state.r[0] = 0xffff_ffff
    for number in [VFPCode.fpscr, VFPCode.fpinst, VFPCode.fpinst2, VFPCode.fpsid] {
      #expect(machine.execute(VFPCode.fmxr(number, 0)) == nil)
    }
    #expect(machine.vfp.fpscr == 0xf3f7_9f9f)
    #expect(machine.vfp.fpinst == 0xffff_ffff)
    #expect(machine.vfp.fpinst2 == 0xffff_ffff)
    #expect(machine.vfp.fpsid == 0x4101_1090)
    machine.execute(VFPCode.fmxr(VFPCode.fpexc, 0))
    #expect(machine.vfp.fpexc == 0xd000_078d)
  }

  // MARK: Transfers

  @Test func `comparisons reach the condition flags by FMSTAT`() {
    for (a, b, flags) in [(1, 2, 8), (2, 2, 6), (2, 1, 2), (.nan, 1, 3)] as [(Float, Float, UInt32)] {
      machine.setSingle(0, a)
      machine.setSingle(31, b)
      machine.execute(VFPCode.fcmp(0, 31))
      #expect(machine.execute(VFPCode.fmstat) == nil)
      #expect(machine.flags == flags << 28)
    }
    #expect(machine.vfp.fpscr & FPSCR.cumulative == 0)
  }

  @Test func `transfers name singles, halves of doubles and pairs`() {
    machine.state.r[3] = 0x1111_1111
    machine.state.r[4] = 0x2222_2222
    machine.execute(VFPCode.fmsr(31, 3))
    machine.execute(VFPCode.fmdlr(2, 3))
    machine.execute(VFPCode.fmdhr(2, 4))
    machine.execute(VFPCode.fmdrr(7, 4, 3))
    machine.execute(VFPCode.fmsrr(9, 3, 4))
    #expect([31, 4, 5, 14, 15, 9, 10].map { machine.vfp.s[$0] >> 28 } == [1, 1, 2, 2, 1, 1, 2])
    machine.execute(VFPCode.fmrs(0, 31))
    machine.execute(VFPCode.fmrdl(1, 2))
    machine.execute(VFPCode.fmrdh(2, 2))
    machine.execute(VFPCode.fmrrd(5, 6, 7))
    machine.execute(VFPCode.fmrrs(7, 8, 9))
    #expect([0, 1, 2, 5, 6, 7, 8].map { machine.state.r[$0] >> 28 } == [1, 1, 2, 2, 1, 1, 2])
  }

  @Test func `transfers with r15, and of a pair that begins at S31, are undefined`() {
    #expect(machine.execute(VFPCode.fmsr(0, 15)) == .undefined)
    #expect(machine.execute(VFPCode.fmrx(15, VFPCode.fpexc)) == .undefined)
    #expect(machine.execute(VFPCode.fmsrr(31, 0, 1)) == .undefined)
    #expect(machine.execute(VFPCode.fmrrs(0, 1, 31)) == .undefined)
  }

  // MARK: Loads and stores

  @Test func `a double lies in memory with its low word first, or last in big-endian order`() {
    machine.setDouble(3, 1.5)
    machine.state.r[1] = 0x1000
    #expect(machine.execute(VFPCode.fst(3, 1, 1, double: true)) == nil)
    #expect([0x1004, 0x1008].map(machine.word) == [0, 0x3ff8_0000])
    machine.state.cp15.control |= Control.bigEndian
    machine.execute(VFPCode.fst(3, 1, 1, double: true))
    #expect([0x1004, 0x1008].map(machine.word) == [0x3ff8_0000, 0])
    machine.execute(VFPCode.fld(4, 1, 1, double: true))
    #expect(machine.double(4) == 1.5)
    machine.execute(VFPCode.fstmia(3, 1, 4, double: true))
    #expect([0x1000, 0x1004, 0x1008, 0x100c].map(machine.word) == [0x3ff8_0000, 0, 0x3ff8_0000, 0])
  }

  @Test func `blocks go up from the base or down to it, and write it back`() {
    for index in 0..<8 { machine.setSingle(8 + index, Float(index)) }
    machine.state.r[1] = 0x1000
    machine.execute(VFPCode.fstmia(8, 1, 4))
    #expect(machine.state.r[1] == 0x1010)
    #expect(machine.word(0x1004) == Float(1).bitPattern)
    machine.execute(VFPCode.fstmdb(12, 1, 4))
    #expect(machine.state.r[1] == 0x1000)
    #expect(machine.word(0x1004) == Float(5).bitPattern)
    machine.execute(VFPCode.fldmia(0, 1, 3))
    #expect((0..<4).map(machine.single) == [4, 5, 6, 0])
    machine.execute(VFPCode.fldmdb(16, 1, 2))
    #expect(machine.state.r[1] == 0x1004)
    #expect((16..<18).map(machine.single) == [5, 6])
  }

  @Test func `the X forms take a word more than their doubles`() {
    machine.setDouble(0, 2.5)
    machine.setDouble(1, 3.5)
    machine.state.r[1] = 0x1000
    machine.execute(VFPCode.fstmdb(0, 1, 5, double: true))
    #expect(machine.state.r[1] == 0xfec)
    machine.execute(VFPCode.fldmia(8, 1, 5, double: true))
    #expect(machine.state.r[1] == 0x1000)
    #expect((8..<11).map(machine.double) == [2.5, 3.5, 0])
  }

  @Test func `blocks of nothing, past the last register, or with writeback to r15 are undefined`() {
    machine.state.r[1] = 0x1000
    for bad in [
      VFPCode.fldmia(0, 1, 0), VFPCode.fldmia(31, 1, 2), VFPCode.fstmia(15, 1, 4, double: true),
      VFPCode.fldmia(0, 1, 1, double: true), VFPCode.fldmia(0, 15, 1),
    ] {
      #expect(machine.execute(bad) == .undefined)
    }
    #expect(machine.state.r[1] == 0x1000)
  }

  @Test func `a load or store that faults leaves the base, and a double whole`() {
    // The end of RAM.
    machine.state.r[1] = 0xfffc
    machine.setDouble(0, 1.5)
    #expect(machine.execute(VFPCode.fld(0, 1, double: true)) == .dataAbort)
    #expect(machine.double(0) == 1.5)
    #expect(machine.execute(VFPCode.fldmia(8, 1, 2)) == .dataAbort)
    #expect(machine.execute(VFPCode.fstmia(8, 1, 2)) == .dataAbort)
    #expect(machine.state.r[1] == 0xfffc)
  }

  @Test func `a condition that does not hold passes over an instruction, disabled or not`() {
    machine.vfp.fpexc = 0
    #expect(machine.execute(VFPCode.fadd(0, 1, 2) & 0x0fff_ffff) == nil)
  }
}
