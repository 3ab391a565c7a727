import Emit
import Foundation
import Testing

/// The assembler against its golden: each form's bytes, and what objdump calls them.
///
/// FERRY_RECORD=1 writes the golden anew, with what objdump says; then it is to be read.
@Suite struct `host instructions` {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/forms.txt")
  private static let objdump = ["/usr/bin/objdump", "/usr/local/bin/objdump"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  @Test func `have the bytes that were reviewed`() throws {
    guard ProcessInfo.processInfo.environment["FERRY_RECORD"] == nil else { return try record() }
    let lines = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: "\t")[0].trimmingCharacters(in: .whitespaces)
    }
    let written = FormCatalogue.all.map { Self.hex($0.bytes) }
    #expect(written.count == lines.count)
    for (line, bytes) in zip(lines, written) { #expect(line == bytes) }
  }

  @Test(.enabled(if: objdump != nil, "the host has no objdump"))
  func `are what objdump reads in them`() throws {
    let lines = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n")
    let read = try disassembled()
    #expect(read.count == lines.count)
    for (line, other) in zip(lines, read) { #expect(line == other) }
  }

  /// Each form by itself, so that one that is too short or too long shows.
  private func disassembled() throws -> [String] {
    guard let objdump = Self.objdump else { return [] }
    let forms = FormCatalogue.all.map(\.bytes)
    // Each form begins at a multiple of 32, with breakpoints up to the next.
    var image: [UInt8] = []
    for bytes in forms { image += bytes + [UInt8](repeating: 0xcc, count: 32 - bytes.count) }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-forms-\(getpid()).bin")
    try Data(image).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: objdump)
    process.arguments = ["-D", "-z", "-b", "binary", "-m", "i386:x86-64", "-w", "-M", "intel", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    var texts: [Int: (length: Int, text: String)] = [:]
    for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count >= 2, let address = Int(parts[0].trimmingCharacters(in: [" ", ":"]), radix: 16)
      else { continue }
      let length = parts[1].split(separator: " ").count
      let text = parts.count > 2 ? parts[2].trimmingCharacters(in: .whitespaces) : ""
      texts[address] = (length, text)
    }
    return forms.enumerated().map { index, bytes in
      let (length, text) = texts[index * 32] ?? (0, "nothing")
      // Targets are absolute: give what lies between.
      let isRelative = [0xe8, 0xe9].contains(bytes[0]) || (bytes[0] == 0x0f && bytes[1] & 0xf0 == 0x80)
      var shown = text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
      if isRelative, let target = Int(shown.split(separator: " ").last?.dropFirst(2) ?? "", radix: 16) {
        shown = shown.split(separator: " ").dropLast().joined(separator: " ") + " to \(target - index * 32)"
      }
      let remark = length == bytes.count ? shown : "\(shown) (\(length) bytes)"
      return Self.hex(bytes).padding(toLength: 40, withPad: " ", startingAt: 0) + "\t" + remark
    }
  }

  private func record() throws {
    try (disassembled().joined(separator: "\n") + "\n").write(to: Self.golden, atomically: true, encoding: .utf8)
  }
}
