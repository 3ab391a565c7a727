import DeviceAudit
import Foundation
import SavedState
import Testing

@testable import ARM

struct DisassemblerTests {
  private func comparable(_ text: String) -> String { DisassemblyRecorder.comparable(text) }

  @Test func `what objdump said about every row is what the disassembler says`() throws {
    let lines = String(decoding: try Recorded.file("disassembly.txt.gz", in: .module), as: UTF8.self)
      .split(separator: "\n")
    var recorded: [String: Set<Int>] = [:]
    for line in lines {
      let fields = line.split(separator: " ", maxSplits: 3)
      try #require(fields.count == 4, "\(line)")
      let isThumb = fields[0] == "thumb"
      let address = try #require(UInt32(fields[1], radix: 16))
      let units = fields[2].split(separator: ",").compactMap { UInt32($0, radix: 16) }
      let bytes = units.flatMap { unit in (0..<(isThumb ? 2 : 4)).map { UInt8(truncatingIfNeeded: unit >> ($0 * 8)) } }
      let (text, length) = (isThumb ? Disassembler.thumb : .arm).disassemble(bytes, at: address)
      #expect(comparable(text) == fields[3], "\(fields[2])")
      #expect(length == bytes.count, "\(fields[2])")
      for unit in units {
        recorded[String(fields[0]), default: []].insert((isThumb ? Decoder.thumb : .arm).row(unit) ?? -1)
      }
    }
    for (name, decoder) in [("arm", Decoder.arm), ("thumb", Decoder.thumb)] {
      for (index, plan) in decoder.plans.enumerated() where !plan.encoding.format.isEmpty {
        #expect(recorded[name]?.contains(index) == true, "\(plan.encoding.pattern) is not in the record")
      }
    }
  }

  @Test func `every row has a text whatever its fields are`() {
    for (decoder, disassembler) in [(Decoder.arm, Disassembler.arm), (.thumb, .thumb)] {
      var fuzzer = EncodingFuzzer(random: SplitMix64(seed: 32))
      for plan in decoder.plans where plan.encoding.operation != .undefined {
        for _ in 0..<50 {
          let bits = fuzzer.encode(plan)
          let text = disassembler.text(bits, at: 0x8000)
          #expect(!text.isEmpty && !text.contains("{}") && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "\(text)")
        }
      }
    }
  }

  @Test func `what is no instruction, one that must not have r15, and what is too short say so`() {
    #expect(
      Disassembler.arm.disassemble([0xff, 0xff, 0xff, 0xf7], at: 0).text == "@ <UNDEFINED> instruction: 0xf7ffffff")
    #expect(Disassembler.thumb.disassemble([0x00, 0xb6], at: 0).text == "@ <UNDEFINED> instruction: 0xb600")
    #expect(
      Disassembler.arm.disassemble([0x91, 0x02, 0x0f, 0xe0], at: 0).text == "mul    pc, r1, r2 @ <UNPREDICTABLE>")
    #expect(Disassembler.arm.disassemble([1, 2], at: 0) == (".byte  0x01", 1))
    #expect(Disassembler.thumb.disassemble([], at: 0) == ("", 0))
    // Half of a BL.
    #expect(Disassembler.thumb.disassemble([0x00, 0xf0, 0xc0, 0x46], at: 0) == ("bl", 2))
    #expect(Disassembler.thumb.disassemble([0x00, 0xf8], at: 0) == ("bl", 2))
  }

  // MARK: Guests

  private static let cannotCheckGuest: String? =
    Recorded.guests == nil
    ? "FERRY_GUESTS names no folder with guests"
    : Recorded.hasProgram("arm-linux-gnueabi-objdump") ? nil : "the host has no objdump for ARM"

  @Test(.enabled(if: cannotCheckGuest == nil, Comment(rawValue: cannotCheckGuest ?? "")))
  func `Debian's kernel reads as objdump reads it, word for word`() throws {
    let guests = try #require(Recorded.guests)
    let image = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(guests)/arm/vmlinuz")))
    // A zImage holds the kernel compressed.
    let magic: [UInt8] = [0x1f, 0x8b, 8, 0]
    let start = try #require((0..<image.count - 4).first { Array(image[$0..<$0 + 4]) == magic })
    let kernel = try unpacked(image[start...])
    try #require(kernel.count > 0x40_0000)
    try compare(Array(kernel[..<0x40_0000]), at: 0xc000_8000)
  }

  @Test(.enabled(if: cannotCheckGuest == nil, Comment(rawValue: cannotCheckGuest ?? "")))
  func `The guests' busybox reads as objdump reads it, word for word`() throws {
    let guests = try #require(Recorded.guests)
    let archive = try unpacked([UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(guests)/arm/initrd.gz")))[...])
    let elf: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]
    // The archive's entries are aligned to 4 bytes.
    let start = try #require(stride(from: 0, to: archive.count - 4, by: 4).first { Array(archive[$0..<$0 + 4]) == elf })
    try compare(Array(archive[start + 0x170..<start + 0x18_0000]), at: 0x10170)
  }

  private func unpacked(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)")
    try Data(bytes).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try Recorded.output(of: "sh", ["-c", "gzip -dc <\(path.path)"])
  }

  /// Compares both disassemblies of ARM code, but for what no ARMv5 has.
  private func compare(_ code: [UInt8], at base: UInt32) throws {
    var differences: [String] = []
    var count = 0
    var others = 0
    for (address, expected) in try DisassemblyRecorder.listing(code, at: base, isThumb: false) {
      let offset = Int(address - base)
      guard offset + 4 <= code.count else { break }
      let bits = (0..<4).reduce(0 as UInt32) { $0 | UInt32(code[offset + $1]) << UInt32($1 * 8) }
      if isOther(bits) {
        others += 1
        continue
      }
      count += 1
      let text = comparable(Disassembler.arm.text(bits, at: address))
      if text != expected, differences.count < 20 {
        differences.append("\(String(address, radix: 16)): \(text), not \(expected)")
      }
    }
    #expect(count > code.count / 4 * 98 / 100 && others < code.count / 4 / 50, "\(others) of \(count)")
    #expect(differences.isEmpty)
  }

  /// Whether objdump knows another instruction in `bits`: of a later architecture, or another coprocessor.
  private func isOther(_ bits: UInt32) -> Bool {
    guard let row = Decoder.arm.row(bits), !Decoder.arm.plans[row].encoding.format.isEmpty else { return true }
    let plan = Decoder.arm.plans[row]
    return bits & plan.shouldMask != plan.shouldBe || plan.has("p") && plan.field("p", bits) < 14
  }
}
