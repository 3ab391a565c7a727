import Boards
import GuestMemory
import X86

/// 32-bit code in flat segments, which all CPUs of a PC execute at once.
enum FlatCode {
  /// Where words are that it changes.
  private static let data: UInt64 = 0x2_0000

  /// Puts `code` at 8000 and zeros at 20000, and has every CPU begin there: with `rounds` in ECX, its number in EDI, and
  /// a stack of its own.
  static func place(_ code: [UInt8], rounds: Int, in machine: Machine) {
    machine.memory.store(code, at: 0x8000)
    machine.memory.store([UInt8](repeating: 0, count: 8192), at: data)
    for case let cpu as X86CPU in machine.cpus {
      var state = cpu.state
      state.activity = .running
      state.cr0 = 0x11
      for segment in 0..<6 {
        state.segments[segment] = SegmentRegister(
          selector: segment == 1 ? 8 : 16, attributes: segment == 1 ? 0xc09b : 0xc093, base: 0, limit: 0xffff_ffff)
      }
      state.rip = 0x8000
      state.gpr[1] = UInt64(rounds)
      state.gpr[4] = 0x3_0000 + UInt64(cpu.index) << 12
      state.gpr[7] = UInt64(cpu.index)
      cpu.state = state
      cpu.settle()
    }
  }

  /// The word `offset` bytes behind 20000.
  static func word(_ offset: UInt64, _ machine: Machine) -> UInt64 { machine.memory.read(data + offset, width: 4) }
}
