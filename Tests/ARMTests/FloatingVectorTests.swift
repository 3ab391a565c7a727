import Foundation
import Testing

@testable import ARM

/// VFP instructions against what another implementation does with them (`Generators/floating.c`).
@Suite struct `recorded VFP instructions` {
  private static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  /// Zeros that denormals are flushed to are positive in the VFP9-S (DDI 0287 18.4.2); the recorder keeps their
  /// sign, which shows in zeros and in infinities of a division.
  private static func isSignOfFlushed(_ ours: UInt64, _ theirs: UInt64, size: Int, status: UInt32) -> Bool {
    guard status & 0x88 != 0 else { return false }
    let sign: UInt64 = 1 << UInt64(8 * size - 1)
    let infinity: UInt64 = size == 4 ? 0x7f80_0000 : 0x7ff0_0000_0000_0000
    return ours ^ theirs == sign && (ours & ~sign == 0 || ours & ~sign == infinity)
  }

  @Test(arguments: [0, FPSCR.inexact])
  func `each scalar instruction gives the recorded result and flags, whatever was cumulated`(cumulated: UInt32) throws {
    let vectors = try FloatingVectors()
    #expect(vectors.sections.count == 48)
    let machine = FloatingMachine()
    for section in vectors.sections {
      var failures = 0
      for row in section.rows {
        var state = machine.vfp
        state.fpscr = row.control | cumulated
        for (word, (operand, value)) in zip([10, 12, 14], zip(section.operands, row.operands)) where operand.size > 0 {
          state.s[word] = UInt32(truncatingIfNeeded: value)
          if operand.size == 8 { state.s[word + 1] = UInt32(value >> 32) }
        }
        machine.vfp = state
        #expect(machine.execute(section.encoding) == nil)
        state = machine.vfp
        var result = UInt64(state.s[10])
        if section.resultSize == 8 { result |= UInt64(state.s[11]) << 32 }
        let status = state.fpscr & 0xf000_00ff
        let isSame =
          result == row.result
          || row.control & FPSCR.flushToZero != 0
            && Self.isSignOfFlushed(result, row.result, size: section.resultSize, status: status)
        guard !isSame || state.fpscr != row.control | row.status | cumulated else { continue }
        failures += 1
        if failures <= 3 {
          Issue.record(
            """
            \(section.name) of \(row.operands.map(Self.hex)) with \(Self.hex(UInt64(row.control))): \
            \(Self.hex(result)) and \(Self.hex(UInt64(state.fpscr))), not \(Self.hex(row.result)) and \
            \(Self.hex(UInt64(row.status)))
            """)
        }
      }
      #expect(failures == 0, "\(section.name): of \(section.rows.count)")
    }
  }

  @Test func `each short vector leaves the recorded registers`() throws {
    let vectors = try FloatingVectors().vectors
    #expect(vectors.count == 1000)
    let machine = FloatingMachine()
    for vector in vectors {
      var state = machine.vfp
      state.fpscr = vector.control
      for (word, value) in vector.before.enumerated() { state.s[word] = value }
      machine.vfp = state
      #expect(machine.execute(vector.encoding) == nil)
      state = machine.vfp
      let after = (0..<32).map { state.s[$0] }
      let differing = (0..<32).filter { after[$0] != vector.after[$0] }
      #expect(
        differing == [],
        """
        \(Self.hex(UInt64(vector.encoding))) with \(Self.hex(UInt64(vector.control))): \
        \(differing.map { Self.hex(UInt64(after[$0])) }), not \(differing.map { Self.hex(UInt64(vector.after[$0])) })
        """)
      #expect(state.fpscr == vector.status)
    }
  }
}
