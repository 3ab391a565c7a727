import DeviceAudit
import Foundation
import SavedState
import Testing

@testable import ARM

/// Records what objdump says about encodings of every row: `Vectors/disassembly.txt.gz` is the file that
/// `FERRY_RECORD_DISASSEMBLY` names, compressed with `gzip -9n`. New rows need a new record.
///
/// Each line: `arm` or `thumb`, address, the instruction's words or halfwords in hex, text.
struct DisassemblyRecorder {
  struct Sample {
    var isThumb: Bool
    /// A word, or one or two halfwords.
    var units: [UInt32]
  }

  private static let names =
    [
      // Single registers on the stack, and no operation.
      0xe52d_4004, 0x149d_4004, 0xe92d_0010, 0x08bd_8000, 0xe1a0_0000, 0x01a0_0000,
      // Memory barriers.
      0xeff0_0000, 0xeff0_0001,
    ] as [UInt32]

  /// Encodings of every row that has a text; those of coprocessors are of the debug unit and the system control
  /// coprocessor, which objdump has no other names for.
  static func samples(seed: UInt64, each: Int) -> [Sample] {
    var fuzzer = EncodingFuzzer(random: SplitMix64(seed: seed))
    var samples = names.map { Sample(isThumb: false, units: [$0]) } + [Sample(isThumb: true, units: [0x46c0])]
    for decoder in [Decoder.arm, .thumb] {
      for (index, plan) in decoder.plans.enumerated() where !plan.encoding.format.isEmpty {
        for count in 0..<each {
          var bits = fuzzer.encode(plan)
          for field in plan.fields {
            if field.letter == UInt8(ascii: "p") { bits = bits & ~field.mask | field.bits(14) }
            if field.letter == UInt8(ascii: "c"), !plan.isThumb, count % 2 == 0 {
              bits = bits & ~field.mask | field.bits(14)
            }
          }
          if plan.encoding.format.contains("{vlist}"),
            let length = plan.fields.first(where: { $0.letter == UInt8(ascii: "i") })
          {
            // No more registers than there are.
            let isSingle = plan.has("X")
            let first = UInt32(plan.instruction(bits, handler: CPU.endOfBlock).rd)
            let count = 1 + length.value(bits) % ((isSingle ? 32 : 16) - first)
            bits = bits & ~length.mask | length.bits(count)
          }
          guard decoder.row(bits) == index else { continue }
          switch plan.encoding.operation {
          case .linkPrefix: break
          case .linkBranch, .linkExchange:
            samples.append(Sample(isThumb: true, units: [0xf000 | fuzzer.random.word() & 0x7ff, bits]))
          default: samples.append(Sample(isThumb: plan.isThumb, units: [bits]))
          }
        }
      }
    }
    return samples
  }

  /// What objdump writes for code at an address.
  static func listing(_ code: [UInt8], at base: UInt32, isThumb: Bool) throws -> [(address: UInt32, text: String)] {
    let path = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)")
    try Data(code).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let output = try Recorded.output(
      of: "arm-linux-gnueabi-objdump",
      [
        "-D", "-z", "-b", "binary", "-m", "armv5tej", "--no-show-raw-insn", "--adjust-vma=\(base)",
        isThumb ? "-Mforce-thumb" : "-Mno-force-thumb", path.path,
      ])
    return output.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon + 1 < line.endIndex,
        line[colon + 1] == UInt8(ascii: "\t"),
        let address = UInt32(words(String(decoding: line[..<colon], as: UTF8.self)), radix: 16)
      else { return nil }
      return (address, comparable(String(decoding: line[(colon + 2)...], as: UTF8.self)))
    }
  }

  /// Spacing is a matter of columns; and what is unpredictable is so by Ferry's choice of what it does.
  static func comparable(_ text: String) -> String {
    let text = words(text)
    let remark = " @ <UNPREDICTABLE>"
    return text.hasSuffix(remark) ? String(text.dropLast(remark.count)) : text
  }

  private static func words(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  private static let target = ProcessInfo.processInfo.environment["FERRY_RECORD_DISASSEMBLY"]

  @Test(.enabled(if: target != nil, "FERRY_RECORD_DISASSEMBLY names no file to record in"))
  func `objdump's words about every row are recorded`() throws {
    let target = try #require(Self.target)
    var text = ""
    for isThumb in [false, true] {
      var code: [UInt8] = []
      var starts: [UInt32: Sample] = [:]
      for sample in Self.samples(seed: 31, each: 40) where sample.isThumb == isThumb {
        starts[0x8000 + UInt32(code.count)] = sample
        // Every second halfword is a NOP, so that no two make one.
        let units = isThumb && sample.units.count == 1 ? sample.units + [0x46c0] : sample.units
        for unit in units { code += (0..<(isThumb ? 2 : 4)).map { UInt8(truncatingIfNeeded: unit >> ($0 * 8)) } }
      }
      for (address, line) in try Self.listing(code, at: 0x8000, isThumb: isThumb) {
        guard let sample = starts[address] else { continue }
        let digits = sample.units.map { String($0, radix: 16) }.joined(separator: ",")
        text += "\(isThumb ? "thumb" : "arm") \(String(address, radix: 16)) \(digits) \(line)\n"
      }
    }
    #expect(!text.isEmpty)
    try Data(text.utf8).write(to: URL(fileURLWithPath: target))
  }
}
