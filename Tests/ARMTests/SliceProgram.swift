import DeviceAudit
import Engine
import SavedState

@testable import ARM

/// A CPU with interrupt handlers, a device that interrupts when it is written to, and a timer, which runs a random
/// program in slices as a run loop would.
final class SliceProgram {
  private enum At {
    static let code: UInt32 = 0x1000
    static let codeWords = 0x800
    static let data: UInt32 = 0x8000
    /// What handlers count in, a word an exception.
    static let counts: UInt32 = 0xa000
    static let stacks: UInt32 = 0xc000
  }

  let machine: TestMachine
  private let port: TestPort
  /// How often a debugger's points have stopped it.
  private(set) var stops = 0
  /// When the timer is due, in instructions.
  private var deadline: UInt64?

  /// The program of that seed.
  init(seed: UInt64, translates: Bool = TestMachine.translates) throws {
    machine = try TestMachine(size: 1 << 16, translates: translates)
    port = TestPort(machine)
    port.onWrite = { [unowned self] in act($0, $1) }
    port.onRead = { $0 &* 0x0101_0101 }
    var random = SplitMix64(seed: seed)
    // Undefined, SWI and both aborts go on behind the instruction; IRQ and FIQ tell the device to be quiet first.
    handle(0x04, returning: 0xe1b0_f00e)  // movs pc, lr
    handle(0x08, returning: 0xe1b0_f00e)
    handle(0x0c, returning: 0xe1b0_f00e)
    handle(0x10, returning: Code.returnToLink4)
    handle(0x18, returning: Code.returnToLink4, quiet: 0x10)
    handle(0x1c, returning: Code.returnToLink4, quiet: 0x14)
    machine.load(Self.program(&random), at: At.code)
    machine.memory.store(random.bytes(0x1000), at: UInt64(At.data))
    machine.change { state in
      state.cpsr = UInt32(Mode.system.rawValue)
      for bank in 0..<6 { state.banks[bank].sp = At.stacks + UInt32(bank) << 9 }
      state.r[13] = At.stacks
      for register in 0..<7 { state.r[register] = random.word() }
      state.r[7] = At.data + 0x400
      state.r[8] = TestPort.base
      state.r[9] = At.data
      state.pc = At.code
    }
  }

  private func handle(_ vector: UInt32, returning: UInt32, quiet: UInt32? = nil) {
    let place = 0x100 + vector * 16
    machine.load([Code.b(Int32(place - vector) / 4)], at: vector)
    // push {r0, r1}; mov r1, counts; ldr r0, [r1, #vector]; add r0, r0, #1; str r0, [r1, #vector]
    var code: [UInt32] = [
      0xe92d_0003, 0xe3a0_1a0a, Code.ldr(0, 1, vector), Code.add(0, 0, 1), Code.str(0, 1, vector),
    ]
    // mov r1, device; str r0, [r1, #quiet]
    if let quiet { code += [0xe3a0_1202, Code.str(0, 1, quiet)] }
    // pop {r0, r1}
    machine.load(code + [0xe8bd_0003, returning], at: place)
  }

  /// What a store to the device brings about.
  private func act(_ offset: UInt64, _ value: UInt64) {
    let cpu = machine.cpu
    switch offset {
    case 0x10: cpu.input(0, false)
    case 0x14: cpu.input(1, false)
    default:
      switch value & 7 {
      case 0, 1: cpu.input(0, true)
      case 2: cpu.input(1, true)
      case 3, 4:
        let after = max(1, value >> 3 & 63)
        deadline = cpu.executed + after
        cpu.limitSlice(to: Int(after))
      default: break
      }
    }
  }

  /// Runs until `end` instructions have been executed, at most as many in one go as `slice` says each time.
  func run(to end: UInt64, slice: () -> Int) {
    let cpu = machine.cpu
    while cpu.executed < end {
      var count = min(Int(end - cpu.executed), slice())
      if let deadline { count = min(count, Int(deadline - cpu.executed)) }
      let exit = cpu.run(count)
      if exit == .debug { stops += 1 }
      if exit == .halted || deadline.map({ $0 <= cpu.executed }) == true {
        deadline = nil
        cpu.input(0, true)
      }
    }
  }

  /// All that the guest can see.
  var state: (tree: [UInt8], memory: [UInt8]) {
    (ARMState.table.save(machine.cpu.state).der(), machine.memory.bytes(0, count: 1 << 16))
  }

  /// How often the exception at `vector` was taken.
  func count(_ vector: UInt32) -> UInt32 { machine.word(At.counts + vector) }

  /// Instructions that end blocks, change what may interrupt, or reach the device.
  private static func program(_ random: inout SplitMix64) -> [UInt32] {
    var program: [UInt32] = []
    while program.count < At.codeWords {
      let d = UInt32(random.below(7))
      let m = UInt32(random.below(7))
      // Any condition, mostly none.
      let condition = random.below(4) == 0 ? UInt32(random.below(14)) << 28 : 0xe000_0000
      func conditional(_ word: UInt32) -> UInt32 { word & 0x0fff_ffff | condition }
      switch random.below(30) {
      case 0...6: program.append(conditional(Code.add(d, m, UInt32(random.below(256)))))
      case 7, 8: program.append(conditional(Code.subs(d, m, UInt32(random.below(256)))))
      case 9...11: program.append(conditional(Code.str(d, 8)))
      case 12: program.append(conditional(Code.strb(d, 8, 1)))
      case 13: program.append(conditional(Code.ldr(d, 8, 4)))
      case 14: program.append(conditional(Code.stm(8, 0x0f)))
      case 15: program.append(conditional(Code.ldm(9, 0x7f)))
      case 16: program.append(conditional(Code.stm(7, 0x7f)))
      case 17: program.append(conditional(Code.swp(d, m, 8)))
      case 18, 19: program.append(Code.bne(Int32(random.below(6)) + 1))
      case 20: program.append(conditional(Code.b(Int32(random.below(6)) + 1)))
      case 21: program.append(conditional(Code.swi(1)))
      case 22: program.append(conditional(Code.undefined))
      // Masks on and off, in system mode.
      case 23: program.append(conditional(Code.msr(UInt32(Mode.system.rawValue) | UInt32(random.below(4)) << 6)))
      case 24, 25: program.append(conditional(Code.msr(UInt32(Mode.system.rawValue))))
      case 26: program.append(conditional(Code.mcr(0, 7, 0, 4)))  // wait for interrupt
      case 27: program.append(conditional(Code.mcr(0, 8, 7)))  // forget translations
      case 28:  // ldr r10, a word; ldr r11, an address in the code; str r10, [r11]
        let address = At.code + UInt32(random.below(UInt64(At.codeWords / 8))) * 32
        program += [
          0xe59f_a000, Code.b(2), Code.add(d, m, 3), 0xe59f_b000, Code.b(2), address, Code.str(10, 11),
        ]
      default:  // bl; at the target mov pc, lr
        program += [0xeb00_0000, Code.b(2), 0xe1a0_f00e]
      }
    }
    return program + [Code.b(-Int32(program.count))]
  }
}
