import DeviceModel
import Testing

@testable import X86

/// What precedes x87, MMX and SSE instructions, how their exceptions are delivered, and their saved images.
@Suite struct FloatingStateTests {
  private static let handlers: UInt64 = 0x6000

  /// A machine with a gate for each exception, whose handler is at 0x6000 + 16 x vector.
  private func machine(cr0: UInt64 = 0x31, cr4: UInt64 = 0x600) throws -> TestMachine {
    let machine = try TestMachine()
    for vector in 0..<32 {
      let handler = Self.handlers + UInt64(16 * vector)
      let gate = handler & 0xffff | 8 << 16 | 0x8e00 << 32
      machine.load(bytes(gate), at: 0x5000 + UInt64(8 * vector))
    }
    machine.load(bytes(0x00cf_9b00_0000_ffff), at: 0x5808)
    machine.load(bytes(0x00cf_9300_0000_ffff), at: 0x5810)
    var state = machine.cpu.state
    state.idtr.base = 0x5000
    state.idtr.limit = 0x7ff
    state.gdtr.base = 0x5800
    state.gdtr.limit = 0xff
    state.cr0 = cr0
    state.cr4 = cr4
    state.gpr[6] = 0x4000
    state.fpu.control = 0x37f
    state.fpu.empty = 0xff
    machine.cpu.state = state
    machine.cpu.settle()
    return machine
  }

  private func bytes(_ value: UInt64, _ count: Int = 8) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  /// The vector whose handler the CPU is at, or nothing.
  private func vector(_ machine: TestMachine) -> Int? {
    let rip = machine.cpu.state.rip
    return rip >= Self.handlers && rip < Self.handlers + 512 ? Int(rip - Self.handlers) / 16 : nil
  }

  /// Executes one instruction on a machine with that CR0 and CR4 and gives the vector that came.
  private func vector(of code: [UInt8], cr0: UInt64, cr4: UInt64 = 0x600) throws -> Int? {
    let machine = try machine(cr0: cr0, cr4: cr4)
    machine.run(code, 1)
    return vector(machine)
  }

  private let fld1: [UInt8] = [0xd9, 0xe8]
  private let fwait: [UInt8] = [0x9b]
  private let paddb: [UInt8] = [0x0f, 0xfc, 0xca]
  private let addps: [UInt8] = [0x0f, 0x58, 0xca]
  private let fxsave: [UInt8] = [0x0f, 0xae, 0x06]

  // MARK: Availability

  @Test func `CR0.EM refuses x87 with NM and MMX and SSE with UD`() throws {
    #expect(try vector(of: fld1, cr0: 0x35) == 7)
    #expect(try vector(of: paddb, cr0: 0x35) == 6)
    #expect(try vector(of: addps, cr0: 0x35) == 6)
    #expect(try vector(of: fxsave, cr0: 0x35) == 7)
  }

  @Test func `CR0.TS refuses all of them with NM`() throws {
    for code in [fld1, paddb, addps, fxsave, [0xdb, 0xe3], [0xd9, 0x3e]] {
      #expect(try vector(of: code, cr0: 0x39) == 7)
    }
  }

  @Test func `FWAIT looks at TS only where MP says so`() throws {
    #expect(try vector(of: fwait, cr0: 0x39) == nil)
    #expect(try vector(of: fwait, cr0: 0x3b) == 7)
    #expect(try vector(of: fwait, cr0: 0x35) == nil)
  }

  @Test func `SSE without CR4.OSFXSR is undefined, MMX is not`() throws {
    #expect(try vector(of: addps, cr0: 0x31, cr4: 0) == 6)
    #expect(try vector(of: paddb, cr0: 0x31, cr4: 0) == nil)
  }

  // MARK: x87 exceptions

  /// FLDZ, FLD1, FDIV ST0,ST1 with #Z unmasked, then `code`.
  private func divided(_ code: [UInt8], cr0: UInt64 = 0x31) throws -> TestMachine {
    let machine = try machine(cr0: cr0)
    var state = machine.cpu.state
    state.fpu.control = 0x37b
    machine.cpu.state = state
    machine.run([0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1] + code, 4)
    return machine
  }

  @Test func `an unmasked division by zero leaves its operands and waits for the next instruction`() throws {
    let machine = try divided(fld1)
    #expect(vector(machine) == 16)
    let fpu = machine.cpu.state.fpu
    #expect(fpu.status == 0xb084)
    // ST(0) is still 1, and the faulting FLD1 has not pushed.
    #expect(fpu.significand[6] == 1 << 63)
    #expect(fpu.exponent[6] == 0x3fff)
    #expect(fpu.instructionPointer == 0x1004)
    #expect(fpu.opcode == 0x0f1)
    // The return address is that of the waiting instruction.
    #expect(machine.memory.read(machine.cpu.state.gpr[4], width: 4) == 0x1006)
  }

  @Test func `FWAIT and MMX wait too, FNSTSW and FNCLEX do not`() throws {
    #expect(vector(try divided(fwait)) == 16)
    #expect(vector(try divided(paddb)) == 16)
    #expect(vector(try divided(addps)) == nil)
    let read = try divided([0xdf, 0xe0])
    #expect(vector(read) == nil)
    #expect(read[0] & 0xffff == 0xb084)
    let cleared = try divided([0xdb, 0xe2])
    #expect(vector(cleared) == nil)
    #expect(cleared.cpu.state.fpu.status == 0x3000)
  }

  @Test func `with CR0.NE clear the CPU raises FERR and stands still until the exception is cleared`() throws {
    let machine = try machine(cr0: 0x11)
    var levels: [Bool] = []
    machine.cpu.ferr.connect { levels.append($0) }
    var state = machine.cpu.state
    state.fpu.control = 0x37b
    machine.cpu.state = state
    machine.run([0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1, 0xd9, 0xe8], 10)
    #expect(machine.cpu.state.rip == 0x1006)
    #expect(levels.contains(true))
    // FNCLEX ends it.
    machine.load([0xdb, 0xe2, 0xd9, 0xe8], at: 0x1100)
    machine.jump(to: 0x1100)
    machine.cpu.run(2)
    #expect(machine.cpu.state.rip == 0x1104)
    #expect(levels.last == false)
  }

  @Test func `a control word that unmasks a flag already set makes the exception pending`() throws {
    let machine = try machine()
    machine.load([0x7b, 0x03], at: 0x4000)
    // 1/0 masked, then FLDCW, then FLD1.
    machine.run([0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1, 0xd9, 0x2e, 0xd9, 0xe8], 5)
    #expect(vector(machine) == 16)
  }

  // MARK: SSE exceptions

  @Test func `an unmasked SSE exception is XM, or UD where the system does not know XM, and writes nothing`() throws {
    for (cr4, expected) in [(UInt64(0x600), 19), (0x200, 6)] {
      let machine = try machine(cr4: cr4)
      var state = machine.cpu.state
      state.sse.mxcsr = 0x1d80
      state.sse.xmm[2] = 0x3f80_0000_3f80_0000
      state.sse.xmm[3] = 0x3f80_0000_3f80_0000
      machine.cpu.state = state
      // divps xmm1, xmm2 (zeros)
      machine.run([0x0f, 0x5e, 0xca], 1)
      #expect(vector(machine) == expected)
      #expect(machine.cpu.state.sse.mxcsr == 0x1d84)
      #expect(machine.cpu.state.sse.xmm[2] == 0x3f80_0000_3f80_0000)
    }
  }

  @Test func `LDMXCSR and FXRSTOR refuse reserved bits of MXCSR`() throws {
    let machine = try machine()
    machine.load(bytes(0x1_1f80, 4), at: 0x4000)
    machine.run([0x0f, 0xae, 0x16], 1)
    #expect(vector(machine) == 13)
    let other = try self.machine()
    other.load(bytes(0x1_1f80, 4), at: 0x4018)
    other.run([0x0f, 0xae, 0x0e], 1)
    #expect(vector(other) == 13)
    #expect(other.cpu.state.sse.mxcsr == 0x1f80)
  }

  @Test func `a processor without SSE2 has no DAZ bit in MXCSR`() throws {
    let machine = try TestMachine(model: "pentium3")
    var state = machine.cpu.state
    state.cr4 = 0x600
    state.gpr[6] = 0x4000
    machine.cpu.state = state
    machine.cpu.settle()
    machine.run(fxsave, 1)
    #expect(machine.memory.read(0x401c, width: 4) == 0xffbf)
  }

  // MARK: Memory operands

  @Test func `sixteen bytes that must be aligned and are not are a general protection fault`() throws {
    for code: [UInt8] in [
      [0x0f, 0x28, 0x0e], [0x0f, 0x29, 0x0e], [0x0f, 0x58, 0x0e], [0x66, 0x0f, 0xfc, 0x0e], fxsave,
    ] {
      let machine = try machine()
      var state = machine.cpu.state
      state.gpr[6] = 0x4008
      machine.cpu.state = state
      machine.run(code, 1)
      #expect(vector(machine) == 13)
    }
    // MOVUPS and PCMPISTRI take any address.
    for code: [UInt8] in [[0x0f, 0x10, 0x0e], [0x0f, 0x11, 0x0e], [0x66, 0x0f, 0x3a, 0x63, 0x0e, 0]] {
      let machine = try machine()
      var state = machine.cpu.state
      state.gpr[6] = 0x4007
      machine.cpu.state = state
      machine.run(code, 1)
      #expect(vector(machine) == nil)
    }
  }

  @Test func `a store that a limit cuts short stores nothing`() throws {
    // movups [esi], xmm1; fstp tbyte [esi]; fnsave [esi]; fnstenv [esi]
    let stores: [[UInt8]] = [[0x0f, 0x11, 0x0e], [0xdb, 0x3e], [0xdd, 0x36], [0xd9, 0x36]]
    for code in stores {
      for room in [1, 4, 8, 9] {
        let machine = try machine()
        var state = machine.cpu.state
        state.segments[3].limit = 0x4000 + UInt32(room) - 1
        state.segments[3].attributes = 0x4093
        state.fpu.empty = 0
        state.sse.xmm[2] = .max
        state.sse.xmm[3] = .max
        machine.cpu.state = state
        machine.cpu.settle()
        machine.load([UInt8](repeating: 0x5a, count: 16), at: 0x4000)
        machine.run(code, 1)
        #expect(vector(machine) == 13)
        for i in 0..<2 { #expect(machine.memory.read(0x4000 + UInt64(8 * i), width: 8) == 0x5a5a_5a5a_5a5a_5a5a) }
        #expect(machine.cpu.state.fpu.empty == 0)
      }
    }
  }

  // MARK: Images

  /// Registers with distinct contents, one of each kind of tag.
  private func fill(_ machine: TestMachine) {
    var state = machine.cpu.state
    state.fpu.status = 0x2800
    state.fpu.empty = 0b1000_0000
    for i in 0..<8 {
      state.fpu.significand[i] = 1 << 63 | UInt64(i) << 8
      state.fpu.exponent[i] = 0x4000 + UInt16(i)
    }
    state.fpu.significand[1] = 0
    state.fpu.exponent[1] = 0x8000
    state.fpu.exponent[2] = 0x7fff
    state.fpu.opcode = 0x123
    state.fpu.instructionPointer = 0x1234_5678
    state.fpu.instructionSelector = 8
    state.fpu.dataPointer = 0x9abc_def0
    state.fpu.dataSelector = 16
    for i in 0..<16 { state.sse.xmm[i] = 0x0101_0101_0101_0101 &* UInt64(i + 1) }
    machine.cpu.state = state
  }

  @Test func `FNSTENV in protected mode lays out its seven words and masks all exceptions`() throws {
    let machine = try machine()
    fill(machine)
    var state = machine.cpu.state
    state.fpu.control = 0x340
    machine.cpu.state = state
    machine.run([0xd9, 0x36], 1)
    let words = (0..<7).map { machine.memory.read(0x4000 + UInt64(4 * $0), width: 4) }
    // Tags from R7 down: empty, five valid but R2 special and R1 zero.
    #expect(
      words == [0xffff_0340, 0xffff_2800, 0xffff_c024, 0x1234_5678, 0x0123_0008, 0x9abc_def0, 0xffff_0010])
    #expect(machine.cpu.state.fpu.control == 0x37f)
  }

  @Test func `FNSTENV with 16-bit operands has 14 bytes`() throws {
    let machine = try machine()
    fill(machine)
    machine.load([UInt8](repeating: 0xee, count: 16), at: 0x4000)
    machine.run([0x66, 0xd9, 0x36], 1)
    let words = (0..<8).map { machine.memory.read(0x4000 + UInt64(2 * $0), width: 2) }
    #expect(words == [0x37f, 0x2800, 0xc024, 0x5678, 8, 0xdef0, 16, 0xeeee])
  }

  @Test func `in real mode the environment holds linear addresses and the opcode`() throws {
    for isWide in [false, true] {
      let machine = try machine(cr0: 0x10)
      fill(machine)
      var state = machine.cpu.state
      for i in 0..<6 { state.segments[i] = SegmentRegister(selector: 0, attributes: 0x93, base: 0, limit: 0xffff) }
      state.segments[1].attributes = 0x9b
      state.fpu.instructionPointer = 0x5678
      state.fpu.instructionSelector = 0x1234
      state.fpu.dataPointer = 0x4321
      state.fpu.dataSelector = 0xf000
      machine.cpu.state = state
      machine.cpu.settle()
      // fnstenv [si]
      machine.run(isWide ? [0x66, 0xd9, 0x34] : [0xd9, 0x34], 1)
      if isWide {
        let words = (3..<7).map { machine.memory.read(0x4000 + UInt64(4 * $0), width: 4) }
        #expect(words == [0xffff_79b8, 0x0000_1123, 0xffff_4321, 0x0000_f000])
      } else {
        let words = (3..<7).map { machine.memory.read(0x4000 + UInt64(2 * $0), width: 2) }
        #expect(words == [0x79b8, 0x1123, 0x4321, 0xf000])
      }
    }
  }

  @Test func `FNSAVE initialises and FRSTOR brings everything back`() throws {
    for prefix: [UInt8] in [[], [0x66]] {
      let machine = try machine()
      fill(machine)
      var state = machine.cpu.state
      if !prefix.isEmpty {
        state.fpu.instructionPointer = 0x5678
        state.fpu.dataPointer = 0xdef0
        state.fpu.opcode = 0
        machine.cpu.state = state
      }
      let before = state.fpu
      machine.run(prefix + [0xdd, 0x36] + prefix + [0xdd, 0x26], 1)
      #expect(machine.cpu.state.fpu.empty == 0xff)
      #expect(machine.cpu.state.fpu.control == 0x37f)
      #expect(machine.cpu.state.fpu.status == 0)
      machine.cpu.run(1)
      let after = machine.cpu.state.fpu
      #expect(after.empty == before.empty)
      #expect(after.status == before.status)
      #expect(after.instructionPointer == before.instructionPointer)
      #expect(after.instructionSelector == before.instructionSelector)
      #expect(after.dataPointer == before.dataPointer)
      #expect(after.dataSelector == before.dataSelector)
      for i in 0..<8 {
        #expect(after.significand[i] == before.significand[i])
        #expect(after.exponent[i] == before.exponent[i])
      }
    }
  }

  @Test func `FXSAVE lays out its area and FXRSTOR reads it back`() throws {
    let machine = try machine()
    fill(machine)
    machine.load([UInt8](repeating: 0xee, count: 512), at: 0x4000)
    let before = machine.cpu.state
    machine.run([0x0f, 0xae, 0x06, 0x0f, 0xae, 0x0e], 1)
    func read(_ at: UInt64, _ width: Int) -> UInt64 { machine.memory.read(0x4000 + at, width: width) }
    #expect(read(0, 8) == 0x0123_007f_2800_037f)
    #expect(read(8, 8) == 0x0000_0008_1234_5678)
    #expect(read(16, 8) == 0x0000_0010_9abc_def0)
    #expect(read(24, 8) == 0x0000_ffff_0000_1f80)
    // TOP is 5.
    #expect(read(32, 8) == before.fpu.significand[5])
    #expect(read(40, 2) == UInt64(before.fpu.exponent[5]))
    #expect(read(160, 8) == before.sse.xmm[0])
    #expect(read(280, 8) == before.sse.xmm[15])
    #expect(read(288, 8) == 0xeeee_eeee_eeee_eeee)
    var state = machine.cpu.state
    state.fpu = FPUState()
    state.sse = SSEState()
    machine.cpu.state = state
    machine.cpu.run(1)
    let after = machine.cpu.state
    #expect(after.fpu.empty == before.fpu.empty)
    #expect(after.fpu.status == before.fpu.status)
    #expect(after.fpu.control == before.fpu.control)
    for i in 0..<8 { #expect(after.fpu.significand[i] == before.fpu.significand[i]) }
    for i in 0..<16 { #expect(after.sse.xmm[i] == before.sse.xmm[i]) }
  }

  @Test func `an MMX write sets the register's exponent, makes all registers valid and TOP zero`() throws {
    let machine = try machine()
    var state = machine.cpu.state
    state.fpu.status = 0x2800
    state.fpu.significand[1] = 5
    state.fpu.significand[2] = 7
    machine.cpu.state = state
    // paddq mm1, mm2; emms
    machine.run([0x0f, 0xd4, 0xca, 0x0f, 0x77], 1)
    var fpu = machine.cpu.state.fpu
    #expect(fpu.significand[1] == 12)
    #expect(fpu.exponent[1] == 0xffff)
    #expect(fpu.status == 0)
    #expect(fpu.empty == 0)
    machine.cpu.run(1)
    fpu = machine.cpu.state.fpu
    #expect(fpu.empty == 0xff)
  }
}
