import SavedState
import Testing

@testable import ARM

/// Short vectors (DDI 0100 C5). The recorder cannot be asked about strides and doubles, but scalars have been.
@Suite struct `short vectors` {
  private let machine = FloatingMachine()

  /// FPSCR for a length and a stride.
  private func control(length: UInt32, stride: UInt32) -> UInt32 { (length - 1) << 16 | (stride == 2 ? 3 : 0) << 20 }

  @Test func `a vector does what scalar instructions on its registers do`() {
    var random = SplitMix64(seed: 31)
    for _ in 0..<5000 {
      let isDouble = random.next() & 1 != 0
      let bank = isDouble ? 4 : 8
      let length = Int(random.next() % UInt64(bank)) + 1
      let stride = length * 2 <= bank && random.next() & 1 != 0 ? 2 : 1
      let limit = isDouble ? UInt64(16) : 32
      let d = Int(random.next() % limit)
      let n = Int(random.next() % limit)
      let m = Int(random.next() % limit)
      // Operands that overlap with results in part are UNPREDICTABLE.
      if (n / bank == d / bank && n != d) || (m / bank == d / bank && m != d) { continue }
      var start = machine.vfp
      for word in 0..<32 { start.s[word] = UInt32(truncatingIfNeeded: random.next()) }
      start.fpscr = control(length: UInt32(length), stride: UInt32(stride))
      let makers: [(Int, Int, Int) -> UInt32] = [
        { VFPCode.fmac($0, $1, $2, double: isDouble) }, { VFPCode.fnmsc($0, $1, $2, double: isDouble) },
        { VFPCode.fmul($0, $1, $2, double: isDouble) }, { VFPCode.fsub($0, $1, $2, double: isDouble) },
        { VFPCode.fdiv($0, $1, $2, double: isDouble) }, { d, _, m in VFPCode.fcpy(d, m, double: isDouble) },
        { d, _, m in VFPCode.fneg(d, m, double: isDouble) }, { d, _, m in VFPCode.fsqrt(d, m, double: isDouble) },
      ]
      let make = makers[Int(random.next() % UInt64(makers.count))]
      machine.vfp = start
      #expect(machine.execute(make(d, n, m)) == nil)
      let vector = machine.vfp
      machine.vfp = start
      machine.vfp.fpscr = 0
      func element(_ register: Int, _ index: Int) -> Int {
        register - register % bank + (register + index * stride) % bank
      }
      for index in 0..<(d < bank ? 1 : length) {
        machine.execute(make(element(d, index), element(n, index), m < bank ? m : element(m, index)))
      }
      let differing = (0..<32).filter { machine.vfp.s[$0] != vector.s[$0] }
      #expect(differing == [], "\(String(make(d, n, m), radix: 16)) with \(String(start.fpscr, radix: 16))")
      #expect(vector.fpscr == machine.vfp.fpscr | start.fpscr)
    }
  }

  @Test func `a vector goes round in its bank`() {
    for index in 0..<8 { machine.setSingle(8 + index, Float(index)) }
    for index in 0..<8 { machine.setSingle(16 + index, Float(10 * index)) }
    machine.vfp.fpscr = control(length: 3, stride: 1)
    machine.execute(VFPCode.fadd(30, 15, 22))
    #expect([30, 31, 24].map(machine.single) == [67, 70, 1])
    #expect([25, 29].map(machine.single) == [0, 0])
  }

  @Test func `a destination in the first bank makes a scalar of any instruction`() {
    machine.setSingle(8, 2)
    machine.setSingle(9, 3)
    machine.vfp.fpscr = control(length: 8, stride: 1)
    machine.execute(VFPCode.fmul(0, 8, 9))
    #expect((0..<4).map(machine.single) == [6, 0, 0, 0])
  }

  @Test func `a second operand in the first bank is used for each element`() {
    for index in 0..<4 { machine.setDouble(4 + index, Double(index)) }
    machine.setDouble(1, 10)
    machine.vfp.fpscr = control(length: 4, stride: 1)
    machine.execute(VFPCode.fmul(8, 4, 1, double: true))
    #expect((8..<12).map(machine.double) == [0, 10, 20, 30])
  }

  @Test func `comparisons, conversions and transfers are scalar whatever the length`() {
    machine.setSingle(8, 1.5)
    machine.setSingle(16, 2)
    machine.vfp.fpscr = control(length: 4, stride: 1)
    machine.execute(VFPCode.fcmp(8, 16))
    #expect(machine.vfp.fpscr >> 28 == 8)
    // FTOSIZS s24, s8
    machine.execute(0xeebd_cac4)
    #expect((24..<28).map { machine.vfp.s[$0] } == [1, 0, 0, 0])
  }

  @Test func `the stride values that are reserved count as one and two`() {
    for (field, second) in [(1, 9), (2, 10)] as [(UInt32, Int)] {
      machine.vfp = VFPState()
      machine.vfp.fpexc = FPEXC.enable
      machine.setSingle(0, 1)
      machine.vfp.fpscr = 1 << 16 | field << 20
      machine.execute(VFPCode.fcpy(8, 0))
      #expect((8..<16).filter { machine.single($0) == 1 } == [8, second])
    }
  }
}
