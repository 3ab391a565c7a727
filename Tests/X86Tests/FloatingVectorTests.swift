import Foundation
import Testing
import X86

/// x87, MMX and SSE instructions against what a processor did (`Generators/floating.c`).
@Suite struct FloatingVectorTests {
  /// Where the recording processor and the manual differ, Ferry follows the manual.
  private static func isKnownDifference(
    _ section: FloatingVectors.Section, _ before: FloatingVectors.Image, field: Int, _ ours: FloatingVectors.Image,
    _ theirs: FloatingVectors.Image
  ) -> Bool {
    // FCOMI sets C1 to 0 (SDM 2A); the processor leaves it.
    if field == FloatingVectors.status, section.name.contains("comi") {
      return ours[6][0] == theirs[6][0] && (ours[6][1] ^ theirs[6][1]) & ~2 == 0
    }
    // With #D unmasked, TOP and the operand stay as they are (SDM 1 8.5.2); the processor pushes all the same.
    if section.name == "fld single" || section.name == "fld double" {
      return before[5][0] & 2 == 0 && ours[6][0] & 0x82 == 0x82
    }
    return false
  }

  private static func isNear(
    _ field: Int, _ ours: [UInt8], _ theirs: [UInt8], _ section: FloatingVectors.Section
  ) -> Bool {
    if ours == theirs { return true }
    switch section.tolerance {
    case .exact: break
    case .lastPlace:
      if field == FloatingVectors.status { return (ours[1] ^ theirs[1]) & ~2 == 0 && ours[0] == theirs[0] }
      if FloatingVectors.registers.contains(field) {
        // Sign, exponent and significand as one number: neighbours differ by one, also across a binade.
        func rank(_ b: [UInt8]) -> Int128 {
          var value: Int128 = 0
          for i in 0..<8 { value |= Int128(b[i]) << Int128(8 * i) }
          let exponent = Int128(b[8]) | Int128(b[9] & 0x7f) << 8
          return (exponent << 63 | value & 0x7fff_ffff_ffff_ffff) * (b[9] & 0x80 != 0 ? -1 : 1)
        }
        return abs(rank(ours) - rank(theirs)) <= 1
      }
    case .approximate:
      guard FloatingVectors.vectors.contains(field) else { return false }
      return (0..<4).allSatisfy { lane in
        func value(_ b: [UInt8]) -> Float {
          Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(b[4 * lane + $1]) << UInt32(8 * $1) })
        }
        let x = value(ours)
        let y = value(theirs)
        // Either is within 1.5 x 2^-12 of the true value.
        return x.bitPattern == y.bitPattern || (x - y).magnitude <= y.magnitude * 3 * 0x1p-12
      }
    }
    return false
  }

  private static func text(_ bytes: [UInt8]) -> String {
    bytes.reversed().map { String(format: "%02x", $0) }.joined()
  }

  @Test func `each recorded instruction gives what the processor gave`() throws {
    let vectors = try FloatingVectors()
    #expect(vectors.sections.count > 1500)
    let limit = ProcessInfo.processInfo.environment["FERRY_VECTOR_FAILURES"].flatMap(Int.init) ?? 3
    var bad = 0
    for section in vectors.sections {
      let machine = try FloatingMachine(section.code)
      var failures = 0
      vectors.forEachRow(of: section) { before, theirs in
        let ours = machine.run(before)
        var lines: [String] = []
        for field in 0..<ours.count where !Self.isNear(field, ours[field], theirs[field], section) {
          if Self.isKnownDifference(section, before, field: field, ours, theirs) { continue }
          lines.append(
            "\(FloatingVectors.names[field]) \(Self.text(ours[field])), not \(Self.text(theirs[field]))")
        }
        guard !lines.isEmpty else { return }
        failures += 1
        if failures <= limit {
          let operands = section.slots.map { "\(FloatingVectors.names[$0.field])=\(Self.text(before[$0.field]))" }
          Issue.record("\(section.name) (\(Self.text(section.code.reversed()))): \(lines) of \(operands)")
        }
      }
      if failures > 0 {
        bad += 1
        Issue.record("\(section.name): \(failures) of \(section.rows) differ")
      }
    }
    #expect(bad == 0)
  }
}
