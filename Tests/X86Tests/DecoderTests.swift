import DeviceAudit
import Engine
import SavedState
import Testing

@testable import X86

struct DecoderTests {
  /// Decodes `bytes` and gives the instruction, or nil when truncated.
  private func decode(
    _ bytes: [UInt8], _ size: CodeSize = .bits32, _ set: InstructionSet = .all
  ) -> Instruction? {
    var op = Instruction(handler: { _, _ in Outcome.fault })
    let decoder = Decoder(size: size, instructionSet: set)
    let status = bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return DecodeStatus.truncated }
      return decoder.decode(base, available: buffer.count, into: &op)
    }
    return status == .ok ? op : nil
  }

  @Test func `every encoding of every row decodes to that row with its whole length`() throws {
    for size in [CodeSize.bits16, .bits32] {
      var fuzzer = EncodingFuzzer(random: SplitMix64(seed: 11), size: size)
      let decoder = Decoder(size: size, instructionSet: .all)
      for (index, row) in DecoderTables.rows.enumerated() where !row.attributes.contains(.o64) {
        var hits = 0
        for _ in 0..<200 {
          let bytes = fuzzer.encode(row)
          guard bytes.count <= 15 else { continue }
          var op = Instruction(handler: { _, _ in Outcome.fault })
          let found = bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { decoder.decodeRow($0, available: buffer.count, into: &op) }
          }
          let other = try #require(found, "\(row.operation) \(bytes) is truncated")
          #expect(Int(op.length) == bytes.count, "\(row.operation) \(bytes)")
          try #require(other >= 0, "\(row.operation) \(bytes) is invalid")
          // A hint NOP's row also makes what rows before it say more exactly.
          if other == index { hits += 1 } else { #expect(DecoderTables.rows[other].opcode == row.opcode) }
        }
        #expect(hits > 0, "\(row.operation) \(row.opcode) is never chosen")
      }
    }
  }

  @Test func `any prefix of an encoding is truncated, and nothing beyond it is read`() {
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: 12), size: .bits32)
    for row in DecoderTables.rows where !row.attributes.contains(.o64) {
      let bytes = fuzzer.encode(row)
      guard bytes.count <= 15 else { continue }
      for count in 1..<bytes.count {
        #expect(decode([UInt8](bytes[..<count])) == nil, "\(row.operation) \(bytes) cut to \(count)")
      }
    }
  }

  @Test func `random bytes decode to something of 1 to 15 bytes in every code size`() {
    var random = SplitMix64(seed: 13)
    for size in [CodeSize.bits16, .bits32, .bits64] {
      let decoder = Decoder(size: size, instructionSet: .all)
      var op = Instruction(handler: { _, _ in Outcome.fault })
      for _ in 0..<100_000 {
        let bytes = random.bytes(15)
        let status = bytes.withUnsafeBufferPointer { buffer in
          buffer.baseAddress.map { decoder.decode($0, available: 15, into: &op) }
        }
        #expect(status == .ok)
        #expect((1...15).contains(op.length))
      }
    }
  }

  @Test func `fifteen bytes are an instruction and sixteen are too long`() {
    let nop: [UInt8] = [0x90]
    #expect(decode([UInt8](repeating: 0x2e, count: 14) + nop)?.operation == .nop)
    #expect(decode([UInt8](repeating: 0x2e, count: 15) + nop)?.operation == .tooLong)
    #expect(decode([UInt8](repeating: 0x2e, count: 14)) == nil)
    #expect(decode([UInt8](repeating: 0x2e, count: 13) + [0x81, 0xc0, 1, 2, 3, 4])?.operation == .tooLong)
  }

  @Test func `LOCK is undefined with registers and with what it cannot lock`() {
    #expect(decode([0xf0, 0x01, 0x00])?.operation == .add)
    #expect(decode([0xf0, 0x01, 0x00])?.flags.contains(.lock) == true)
    #expect(decode([0xf0, 0x01, 0xc0])?.operation == .invalid)
    #expect(decode([0xf0, 0x03, 0x00])?.operation == .invalid)
    #expect(decode([0xf0, 0x39, 0x00])?.operation == .invalid)
    #expect(decode([0xf0, 0x0f, 0xa3, 0x00])?.operation == .invalid)
    #expect(decode([0xf0, 0x90])?.operation == .invalid)
  }

  @Test func `what a CPU lacks is undefined to it, but LZCNT and TZCNT become BSR and BSF`() {
    #expect(decode([0x0f, 0x44, 0xc1], .bits32, [])?.operation == .invalid)
    #expect(decode([0x0f, 0x44, 0xc1], .bits32, .cmov)?.operation == .cmov)
    #expect(decode([0xf3, 0x0f, 0xb8, 0xc1], .bits32, [.cmov])?.operation == .invalid)
    #expect(decode([0xf3, 0x0f, 0xbd, 0xc1], .bits32, [])?.operation == .bsr)
    #expect(decode([0xf3, 0x0f, 0xbd, 0xc1])?.operation == .lzcnt)
    #expect(decode([0xf3, 0x0f, 0xbc, 0xc1], .bits32, [])?.operation == .bsf)
    #expect(decode([0xf3, 0x0f, 0x1e, 0xfb], .bits32, [])?.operation == .nop)
    #expect(decode([0xf3, 0x90], .bits32, [])?.operation == .pause)
  }

  @Test func `16-bit addresses have their eight forms, and BP's use SS`() throws {
    let forms: [(base: UInt8, index: UInt8, segment: UInt8)] = [
      (24, 48, 3), (24, 56, 3), (40, 48, 2), (40, 56, 2), (48, 128, 3), (56, 128, 3), (40, 128, 2), (24, 128, 3),
    ]
    for (rm, form) in forms.enumerated() {
      let op = try #require(decode([0x8b, 0x40 | UInt8(rm), 0xfe], .bits16))
      #expect((op.base, op.index, op.segment) == form)
      #expect(op.displacement == -2)
      #expect(op.addressSize == 2)
    }
    let absolute = try #require(decode([0x8b, 0x06, 0x34, 0xf2], .bits16))
    #expect((absolute.base, absolute.displacement, absolute.segment) == (128, 0xf234, 3))
  }

  @Test func `segment overrides replace the default of every base`() throws {
    #expect(try #require(decode([0x8b, 0x44, 0x24, 4])).segment == 2)
    #expect(try #require(decode([0x3e, 0x8b, 0x44, 0x24, 4])).segment == 3)
    #expect(try #require(decode([0x64, 0x8b, 0x45, 4])).segment == 4)
    #expect(try #require(decode([0x2e, 0xa4])).segment == 1)
  }

  @Test func `operands are places, AH is the second byte of the first register`() throws {
    let add = try #require(decode([0x00, 0xe3]))
    #expect((add.a, add.b, add.size) == (24, 1, 1))
    let extend = try #require(decode([0x0f, 0xb6, 0xf5]))
    #expect((extend.a, extend.b, extend.size, extend.condition) == (48, 9, 1, 4))
  }

  @Test func `BMI instructions keep VEX.vvvv in the third place and ModRM.rm in the second`() throws {
    let andn = try #require(decode([0xc4, 0xe2, 0x70, 0xf2, 0xc2]))
    #expect((andn.operation, andn.a, andn.b, andn.c) == (.andn, 0, 16, 8))
    let shlx = try #require(decode([0xc4, 0xe2, 0x71, 0xf7, 0x03]))
    #expect((shlx.operation, shlx.a, shlx.memory, shlx.c) == (.shlx, 0, .second, 8))
    let blsr = try #require(decode([0xc4, 0xe2, 0x68, 0xf3, 0xcb]))
    #expect((blsr.operation, blsr.a, blsr.b) == (.blsr, 16, 24))
    #expect(decode([0xc4, 0xe2, 0x74, 0xf2, 0xc2])?.operation == .invalid)
    #expect(decode([0xc4, 0x42])?.operation == nil)
    #expect(decode([0xc4, 0x42, 0x10])?.operation == .les)
  }

  @Test func `control transfers and mode changes end a block`() throws {
    let ending: [[UInt8]] = [
      [0xeb, 0], [0x74, 0], [0xe8, 0, 0, 0, 0], [0xc3], [0xcd, 0x80], [0xcf], [0xfb], [0x9d], [0xf4],
      [0x0f, 0x22, 0xc0],
      [0x17], [0x8e, 0xd0], [0x0f, 0x30], [0x0f, 0x01, 0x38], [0xff, 0xe0], [0x0f, 0x34], [0x0f, 0x06],
    ]
    for bytes in ending { #expect(try #require(decode(bytes)).flags.contains(.endsBlock), "\(bytes)") }
    for bytes in [[0x90], [0x8e, 0xd8], [0x0f, 0xa2], [0xfa], [0xe4, 1]] as [[UInt8]] {
      #expect(!(try #require(decode(bytes)).flags.contains(.endsBlock)), "\(bytes)")
    }
  }
}
