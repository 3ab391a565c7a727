@testable import X86

extension Instruction {
  /// The instructions of 32-bit `code`, which ends with one.
  static func decoded(_ code: [UInt8]) -> [Instruction] {
    let decoder = Decoder(size: .bits32, instructionSet: .all)
    var instructions: [Instruction] = []
    var rest = code[...]
    while !rest.isEmpty {
      var instruction = Instruction(handler: X86CPU.endOfBlock)
      rest.withUnsafeBufferPointer { bytes in
        if let start = bytes.baseAddress {
          _ = decoder.decode(start, available: bytes.count, into: &instruction)
        }
      }
      instructions.append(instruction)
      rest = rest.dropFirst(Int(instruction.length))
    }
    return instructions
  }
}
