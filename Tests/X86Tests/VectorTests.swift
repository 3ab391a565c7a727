import DeviceAudit
import Engine
import Foundation
import Testing
import X86

/// The CPU against a real processor: vectors that Generators/integers.py recorded, 32-bit protected mode.
struct VectorTests {
  @Test(arguments: ["arithmetic", "multiply", "shift", "decimal", "bit", "move", "string", "stack", "branch"])
  func `instructions do to registers, flags and memory what a processor did`(group: String) throws {
    let cases = RecordedCase.read(try Recorded.file("\(group).vectors.gz", in: .module))
    #expect(cases.count > 100)
    let machine = try TestMachine(size: 4 << 20)
    let template = machine.cpu.state
    let disassembler = Disassembler(size: .bits32)
    let decoder = Decoder(size: .bits32, instructionSet: .all)
    var exception: UInt8?
    machine.cpu.log(.interrupts) {
      if case .interrupt(let taken) = $0, taken.kind == .exception { exception = exception ?? taken.number }
    }
    var differences: [String: (count: Int, example: String)] = [:]
    for wanted in cases {
      var state = template
      for index in 0..<8 { state.gpr[index] = wanted.before.gpr[index] }
      state.rflags = wanted.before.flags | 0x202
      state.rip = RecordedCase.start
      // No interrupt table: what is raised is seen and then shuts the CPU down.
      state.idtr.limit = 0
      machine.memory.store(wanted.code + [0xcc], at: RecordedCase.start)
      machine.memory.store(wanted.before.memory, at: RecordedCase.window)
      machine.cpu.state = state
      machine.cpu.settle()
      exception = nil
      // A repeated string instruction may take several turns.
      for _ in 0..<64 {
        _ = machine.cpu.run(1)
        if exception != nil || machine.cpu.state.rip == wanted.end { break }
      }
      let result = machine.cpu.state
      let got = RecordedCase.Machine(
        gpr: (0..<8).map { result.gpr[$0] }, flags: result.rflags & 0xcd5,
        memory: machine.memory.bytes(RecordedCase.window, count: 64))
      var op = Instruction(handler: { _, _ in Outcome.fault })
      wanted.code.withUnsafeBufferPointer { code in
        if let start = code.baseAddress { _ = decoder.decode(start, available: code.count, into: &op) }
      }
      let count = op.flags.contains(.implicit) ? wanted.before.gpr[1] : op.immediate
      let undefined = wanted.exception == nil ? UndefinedFlags.mask(op, count: UInt8(truncatingIfNeeded: count)) : 0x8d5
      var problem: String?
      if exception != wanted.exception {
        problem =
          "exception \(exception.map(String.init) ?? "none"), not \(wanted.exception.map(String.init) ?? "none")"
      } else if exception == nil, result.rip != wanted.end {
        problem = "EIP \(String(result.rip, radix: 16)), not \(String(wanted.end, radix: 16))"
      } else if got.gpr != wanted.after.gpr {
        problem = "registers \(hex(got.gpr)), not \(hex(wanted.after.gpr))"
      } else if got.memory != wanted.after.memory {
        problem = "memory \(got.memory), not \(wanted.after.memory)"
      } else if (got.flags ^ wanted.after.flags) & ~undefined != 0 {
        problem = "flags \(hex([got.flags])), not \(hex([wanted.after.flags])), undefined \(hex([undefined]))"
      }
      guard let problem else { continue }
      let text = disassembler.disassemble(wanted.code, at: RecordedCase.start).text
      let start = "\(hex(wanted.before.gpr)) flags \(hex([wanted.before.flags]))"
      differences["\(op.operation)", default: (0, "\(text): \(problem); from \(start)")].count += 1
    }
    #expect(differences.isEmpty, "\(differences.map { "\($0.key) x\($0.value.count) \($0.value.example)" })")
  }

  private func hex(_ numbers: [UInt64]) -> String { numbers.map { String($0, radix: 16) }.joined(separator: " ") }
}
