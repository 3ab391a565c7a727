import DeviceAudit
import Testing

@testable import ARM

/// The CPU against vectors that Generators/integers.py recorded.
@Suite struct `integer instructions` {
  @Test(arguments: ["data", "jumps", "multiply", "saturated", "status", "transfer", "multiple", "thumb"])
  func `do to registers, flags and memory what was recorded`(group: String) throws {
    let cases = RecordedCase.read(try Recorded.file("\(group).vectors.gz", in: .module))
    #expect(cases.count >= 80)
    let machine = try TestMachine(size: 4 << 20)
    let template = machine.cpu.state
    var differences: [String: (count: Int, example: String)] = [:]
    for wanted in cases {
      var state = template
      for index in 0..<15 { state.r[index] = wanted.before.r[index] }
      state.cpsr = wanted.before.cpsr
      state.pc = RecordedCase.start
      machine.memory.store(wanted.code, at: UInt64(RecordedCase.start))
      machine.memory.store(wanted.before.memory, at: UInt64(RecordedCase.window))
      machine.cpu.state = state
      machine.cpu.settle()
      machine.cpu.run(wanted.count)
      let result = machine.cpu.state
      let memory = machine.memory.bytes(UInt64(RecordedCase.window), count: 128)
      var problem: String?
      if result.pc != wanted.end {
        problem = "goes on at \(hex([result.pc])), not \(hex([wanted.end]))"
      } else if (0..<15).contains(where: { result.r[$0] != wanted.after.r[$0] }) {
        problem = "registers \(hex((0..<15).map { result.r[$0] })), not \(hex(wanted.after.r))"
      } else if result.cpsr != wanted.after.cpsr {
        problem = "CPSR \(hex([result.cpsr])), not \(hex([wanted.after.cpsr]))"
      } else if memory != wanted.after.memory {
        problem = "memory \(memory), not \(wanted.after.memory)"
      }
      guard let problem else { continue }
      let code = wanted.code.reversed().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      let bits = wanted.code.prefix(wanted.before.isThumb ? 2 : 4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let op = (wanted.before.isThumb ? Decoder.thumb : .arm).decode(bits, handler: CPU.endOfBlock)
      let start = "\(hex(wanted.before.r)) CPSR \(hex([wanted.before.cpsr]))"
      differences["\(op.operation) \(op.shift)", default: (0, "\(code): \(problem); from \(start)")].count += 1
    }
    #expect(differences.isEmpty, "\(differences.map { "\($0.key) x\($0.value.count) \($0.value.example)" })")
  }

  private func hex(_ numbers: [UInt32]) -> String { numbers.map { String($0, radix: 16) }.joined(separator: " ") }
}
