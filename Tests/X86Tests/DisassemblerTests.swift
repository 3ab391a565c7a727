import DeviceAudit
import Foundation
import Testing

@testable import X86

struct DisassemblerTests {
  /// Spacing is a matter of columns.
  private func words(_ text: some StringProtocol) -> String { text.split(separator: " ").joined(separator: " ") }

  @Test func `what objdump said about random instructions is what the disassembler says`() throws {
    let lines = String(decoding: try Recorded.file("disassembly.txt.gz", in: .module), as: UTF8.self).split(
      separator: "\n")
    #expect(lines.count > 10_000)
    let disassemblers = ["16": Disassembler(size: .bits16), "32": Disassembler(size: .bits32)]
    for line in lines {
      let fields = line.split(separator: " ", maxSplits: 3)
      try #require(fields.count == 4, "\(line)")
      let disassembler = try #require(disassemblers[String(fields[0])])
      let address = try #require(UInt64(fields[1], radix: 16))
      let digits = Array(fields[2].utf8)
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
        UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
      }
      let (text, length) = disassembler.disassemble(bytes, at: address)
      #expect(words(text) == fields[3], "\(fields[2])")
      #expect(length == bytes.count, "\(fields[2])")
    }
  }

  @Test func `bytes that are no instruction, or none at all, are bad`() {
    let disassembler = Disassembler(size: .bits32)
    #expect(disassembler.disassemble([0x0f, 0x04], at: 0) == ("(bad)", 1))
    #expect(disassembler.disassemble([0xe8, 0], at: 0) == ("(bad)", 1))
    #expect(disassembler.disassemble([], at: 0) == ("(bad)", 0))
  }

  private static let cannotCheckKernel: String? =
    Recorded.guests == nil
    ? "FERRY_GUESTS names no folder with guests"
    : !Recorded.hasProgram("objdump") || !Recorded.hasProgram("xz") ? "the host has no objdump or no xz" : nil

  @Test(.enabled(if: cannotCheckKernel == nil, Comment(rawValue: cannotCheckKernel ?? "")))
  func `Debian's kernel reads as objdump reads it, instruction for instruction`() throws {
    let guests = try #require(Recorded.guests)
    let image = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(guests)/i386/vmlinuz")))
    func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(image[offset + $1]) << ($1 * 8) } }
    // Linux boot protocol: setup_sects, payload_offset, payload_length.
    let start = (Int(image[0x1f1]) + 1) * 512 + word(0x248)
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let packed = folder.appending(path: "payload").path
    try Data(image[start..<start + word(0x24c)]).write(to: URL(fileURLWithPath: packed))
    let kernel = try Recorded.output(of: "xz", ["-dc", "--single-stream", packed])
    let path = folder.appending(path: "vmlinux").path
    try Data(kernel).write(to: URL(fileURLWithPath: path))

    // The first program segment begins with .text: objdump says how far that goes.
    let listing = try Recorded.output(
      of: "objdump", ["-d", "-M", "intel", "--no-show-raw-insn", "-j", ".text", path])
    let offset = 0x1000
    let disassembler = Disassembler(size: .bits32)
    var first: UInt64?
    var count = 0
    var differences: [String] = []
    for line in listing.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon + 1 < line.endIndex,
        line[colon + 1] == UInt8(ascii: "\t"),
        let address = UInt64(words(String(decoding: line[..<colon], as: UTF8.self)), radix: 16)
      else { continue }
      let base = first ?? address
      first = base
      let position = offset + Int(address - base)
      guard position < kernel.count else { break }
      let expected = words(String(decoding: line[(colon + 2)...], as: UTF8.self))
      let text = kernel.withUnsafeBufferPointer { bytes in
        disassembler.disassemble(
          UnsafeBufferPointer(rebasing: bytes[position..<min(position + 15, bytes.count)]), at: address
        ).text
      }
      count += 1
      if words(text) != expected, differences.count < 20 {
        differences.append("\(String(address, radix: 16)): \(text), not \(expected)")
      }
    }
    #expect(count > 1_000_000)
    #expect(differences.isEmpty)
  }
}
