import DeviceAudit
import DeviceModel
import GuestMemory
import SavedState
import X86

/// A CPU with interrupt handlers, a device that interrupts when it is written to, and a timer, which runs a random
/// program in slices as a run loop would.
final class SliceProgram {
  private enum At {
    static let code: UInt64 = 0x10000
    /// A power of two.
    static let codeSize: UInt64 = 0x2000
    static let stubs: UInt64 = 0x39000
    static let data: UInt64 = 0x30000
    /// What handlers count in.
    static let counts: UInt64 = 0x38000
    /// The device: a store does what its value says.
    static let device: UInt64 = 0x1000_0000
    static let port: UInt64 = 0x300
  }

  let machine: ProtectedMachine
  private let device: Device
  /// How often a debugger's points have stopped it.
  private(set) var stops = 0
  /// When the timer is due, in instructions.
  private var deadline: UInt64?

  private final class Device: BusTarget {
    var onWrite: (UInt64) -> Void = { _ in }
    func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { offset &* 0x0101_0101 }
    func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) { onWrite(value) }
  }

  /// The program of that seed.
  init(seed: UInt64, translates: Bool = TestMachine.translates) throws {
    machine = try ProtectedMachine(size: 1 << 20, translates: translates)
    device = Device()
    machine.memory.map(
      Region("device", base: At.device, size: 0x2000, content: .device(device, region: 0, widths: 1...4)))
    machine.ports.map(Region("device", base: At.port, size: 8, content: .device(device, region: 1, widths: 1...4)))
    machine.time = { [unowned machine] in Int64(machine.cpu.executed) }
    device.onWrite = { [unowned self] in act($0) }
    var random = SplitMix64(seed: seed)
    for vector in 0..<256 {
      // inc dword [count]; iretd, which drops an error code first where there is one
      let count = At.counts + UInt64(vector) * 4
      let hasCode = [8, 10, 11, 12, 13, 14, 17].contains(vector)
      let drop: [UInt8] = hasCode ? [0x83, 0xc4, 0x04] : []
      machine.memory.store(
        [0xff, 0x05] + bytes(count) + drop + [0xcf], at: machine.handler(vector))
    }
    for vector in [0, 5, 6, 12, 13, 14] { goElsewhere(after: vector) }
    machine.memory.store(Self.program(&random), at: At.code)
    machine.memory.store(random.bytes(0x4000), at: At.data)
    machine.update { state in
      state.rip = At.code
      state.rflags = 0x202
      for register in [0, 1, 2, 3, 5] { state.gpr[register] = random.next() & 0xffff }
      state.gpr[6] = At.data
      state.gpr[7] = At.data + 0x2000
    }
  }

  private func bytes(_ value: UInt64) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  /// The instruction that faulted would do so again: the handler goes on with another chunk of the program.
  private func goElsewhere(after vector: Int) {
    let stub = At.stubs + UInt64(vector) * 64
    let count = bytes(At.counts + UInt64(vector) * 4)
    // jmp stub
    machine.memory.store([0xe9] + bytes(stub &- (machine.handler(vector) + 5)), at: machine.handler(vector))
    // mov esp, stack; inc dword [count]; imul eax, [count], n; and eax, a chunk; add eax, code; sti; jmp eax
    var code: [UInt8] = [0xbc] + bytes(ProtectedMachine.At.stack) + [0xff, 0x05] + count + [0x69, 0x05] + count
    code += bytes(0x9e37 * UInt64(vector + 1)) + [0x25] + bytes(At.codeSize - 32) + [0x05] + bytes(At.code)
    machine.memory.store(code + [0xfb, 0xff, 0xe0], at: stub)
  }

  /// What a store to the device brings about.
  private func act(_ value: UInt64) {
    let cpu = machine.cpu
    switch value & 7 {
    case 0, 1: interrupt(0x40 + UInt8(value >> 3 & 15))
    case 2: cpu.requestNMI()
    case 3, 4:
      let after = value >> 3 & 63
      deadline = cpu.executed + max(1, after)
      cpu.limitSlice(to: Int(max(1, after)))
    case 5: cpu.setA20(value & 8 != 0)
    default: break
    }
  }

  private func interrupt(_ vector: UInt8) {
    machine.controller.vectors.append(vector)
    machine.cpu.setInterrupt(true)
    machine.controller.onAcknowledge = { [unowned self] in
      if machine.controller.vectors.isEmpty { machine.cpu.setInterrupt(false) }
    }
  }

  /// Runs until `end` instructions have been executed, at most as many in one go as `slice` says each time.
  func run(to end: UInt64, slice: () -> Int) {
    let cpu = machine.cpu
    while cpu.executed < end {
      var count = min(Int(end - cpu.executed), slice())
      if let deadline { count = min(count, Int(deadline - cpu.executed)) }
      let exit = cpu.run(count)
      if case .shutdown = exit { return }
      if exit == .debug { stops += 1 }
      if exit == .halted || deadline.map({ $0 <= cpu.executed }) == true {
        // Whoever waits with interrupts off is woken all the same.
        deadline = nil
        if exit == .halted, cpu.state.rflags & 0x200 == 0 { cpu.requestNMI() } else { interrupt(0x30) }
      }
    }
  }

  /// All that the guest can see.
  var state: (tree: [UInt8], memory: [UInt8]) {
    (X86State.table.save(machine.cpu.state).der(), machine.memory.bytes(0, count: 0x50000))
  }

  /// Chunks of 32 bytes, of instructions that end blocks, change what may interrupt, or reach the device.
  private static func program(_ random: inout SplitMix64) -> [UInt8] {
    var program: [UInt8] = []
    while program.count < Int(At.codeSize) - 32 {
      // Stores to code change the first byte of a chunk.
      var chunk: [UInt8] = [0x90]
      while true {
        let next = instruction(&random, left: 32 - chunk.count)
        if chunk.count + next.count > 32 { break }
        chunk += next
      }
      program += chunk + [UInt8](repeating: 0x90, count: 32 - chunk.count)
    }
    let back = UInt32(bitPattern: Int32(-(program.count + 5)))
    return program + [0xe9] + (0..<4).map { UInt8(truncatingIfNeeded: back >> ($0 * 8)) }
  }

  private static func instruction(_ random: inout SplitMix64, left: Int) -> [UInt8] {
    let device: [UInt8] = [0, 0, 0, 0x10]
    let byte = UInt8(truncatingIfNeeded: random.next())
    let low = UInt8(random.below(32))
    let toEnd = UInt8(max(0, left - 2))
    switch random.below(44) {
    case 0...9: return [0x40 + (byte & 3)]  // inc
    case 10...12: return [[0x01, 0x29, 0x31, 0x21][Int(byte & 3)], 0xc0 | (low & 0x1b)]
    case 13: return [0x05, byte, 0x01, 0, 0]  // add eax, imm
    case 14: return [0x75, toEnd]  // jnz to the next chunk
    case 15: return [0x72, toEnd]  // jc
    case 16...19: return [0xc6, 0x05] + device + [byte]  // mov byte [device], imm
    case 20: return [0xa2] + device  // mov [device], al
    case 21: return [0xff, 0x05] + device  // inc dword [device]
    case 22: return [0xe8, 0, 0, 0, 0, 0x58]  // call next; pop eax
    case 23, 24, 25: return [0xfb]  // sti
    case 26: return [0xfa]  // cli
    case 27: return [0x9c, 0x9d]  // pushf; popf
    case 28: return [0x8c, 0xd0, 0x8e, 0xd0]  // mov eax, ss; mov ss, eax
    case 29: return [0x0f, 0x31]  // rdtsc
    case 30: return [0xf4]  // hlt
    case 31: return [0xcd, 0x50 | low & 15]  // int
    case 32:  // mov esi; mov edi; mov ecx; rep movsb
      return [0xbe, 0, low, 3, 0, 0xbf, 0, 0x20, 3, 0, 0xb9, byte, 0, 0, 0, 0xf3, 0xa4]
    case 33:  // mov edi, device; mov ecx; mov al; rep stosb
      return [0xbf] + device + [0xb9, low, 0, 0, 0, 0xb0, byte, 0xf3, 0xaa]
    case 34:  // mov esi; mov edx, port; mov ecx; rep outsb
      return [0xbe, 0, low, 3, 0, 0xba, 0, 3, 0, 0, 0xb9, low, 0, 0, 0, 0xf3, 0x6e]
    case 35: return [0xba, 0, 3, 0, 0, 0xb0, byte, 0xee]  // mov edx, port; mov al; out dx, al
    case 36: return [0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d]  // set TF
    case 37: return [0x9c, 0x81, 0x24, 0x24, 0xff, 0xfe, 0xff, 0xff, 0x9d]  // clear TF
    case 38: return [0xff, 0x35] + device + [0x59]  // push dword [device]; pop ecx
    case 39: return byte < 60 ? [0x0f, 0x0b] : [0x90]  // ud2
    case 40: return [0xc6, 0x05, byte & 0xe0, low & 0x1f, 1, 0, byte & 1 == 0 ? 0x90 : 0x42]  // mov byte [chunk]
    case 41: return [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8]  // mov eax, cr3; mov cr3, eax
    case 42: return [0xb9, 1 + (low & 7), 0, 0, 0, 0xe2, 0xfe]  // mov ecx; loop to itself
    default: return [0x8b, 0x1d] + device  // mov ebx, [device]
    }
  }
}
