import X86

/// A CPU that executes one instruction on an image of `FloatingVectors`.
final class FloatingMachine {
  private let machine: TestMachine
  private var start: X86State
  private let operand: UInt64 = 0x4000
  private let handler: UInt64 = 0x6000

  init(_ code: [UInt8]) throws {
    machine = try TestMachine()
    machine.load(code)
    // An interrupt gate for #XM, to see that it came.
    let gate = UInt64(handler & 0xffff) | 8 << 16 | 0x8e00 << 32
    machine.load((0..<8).map { UInt8(truncatingIfNeeded: gate >> UInt64(8 * $0)) }, at: 0x5000 + 19 * 8)
    // A descriptor for its code segment: flat.
    let flat: UInt64 = 0x00cf_9b00_0000_ffff
    machine.load((0..<8).map { UInt8(truncatingIfNeeded: flat >> UInt64(8 * $0)) }, at: 0x5800 + 8)
    start = machine.cpu.state
    start.idtr.base = 0x5000
    start.idtr.limit = 0x7ff
    start.gdtr.base = 0x5800
    start.gdtr.limit = 0xff
    start.cr0 = 0x31
    start.cr4 = 0x600
    start.gpr[6] = operand
    start.gpr[7] = operand
    start.rip = 0x1000
    machine.cpu.state = start
    machine.cpu.settle()
  }

  private static func number(_ bytes: [UInt8], _ from: Int = 0, _ count: Int = 8) -> UInt64 {
    var value: UInt64 = 0
    for i in 0..<min(count, bytes.count - from) { value |= UInt64(bytes[from + i]) << UInt64(8 * i) }
    return value
  }

  func run(_ before: FloatingVectors.Image) -> FloatingVectors.Image {
    var state = start
    for i in 0..<3 { state.gpr[i] = Self.number(before[i]) }
    state.rflags = 2 | Self.number(before[3])
    state.sse.mxcsr = UInt32(Self.number(before[4]))
    state.fpu.control = UInt16(Self.number(before[5]))
    state.fpu.status = UInt16(Self.number(before[6]))
    state.fpu.empty = ~before[7][0]
    for i in 0..<8 {
      state.fpu.significand[i] = Self.number(before[8 + i])
      state.fpu.exponent[i] = UInt16(Self.number(before[8 + i], 8, 2))
    }
    for i in 0..<3 {
      state.sse.xmm[2 * i] = Self.number(before[16 + i])
      state.sse.xmm[2 * i + 1] = Self.number(before[16 + i], 8)
    }
    machine.load(before[19], at: operand)
    machine.cpu.state = state
    _ = machine.cpu.run(1)
    return image(machine.cpu.state, before)
  }

  private func image(_ state: X86State, _ before: FloatingVectors.Image) -> FloatingVectors.Image {
    var after = before
    func put(_ field: Int, _ value: UInt64, _ from: Int = 0, _ count: Int = 8) {
      for i in 0..<min(count, after[field].count - from) {
        after[field][from + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i))
      }
    }
    for i in 0..<3 { put(i, state.gpr[i]) }
    put(3, state.rflags & 0x8d5)
    put(4, UInt64(state.sse.mxcsr))
    put(5, UInt64(state.fpu.control))
    put(6, UInt64(state.fpu.status))
    put(7, UInt64(~state.fpu.empty))
    for i in 0..<8 {
      put(8 + i, state.fpu.significand[i])
      put(8 + i, UInt64(state.fpu.exponent[i]), 8, 2)
    }
    for i in 0..<3 {
      put(16 + i, state.sse.xmm[2 * i])
      put(16 + i, state.sse.xmm[2 * i + 1], 8)
    }
    put(19, machine.memory.read(operand, width: 8))
    for i in 1..<4 { put(19, machine.memory.read(operand + UInt64(8 * i), width: 8), 8 * i) }
    after[20][0] = state.rip == handler ? 19 : state.rip == 0x1000 ? 0xff : 0
    return after
  }
}
