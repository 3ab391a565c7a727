import Foundation
import Testing

/// What `-perfmap` leaves for Linux `perf`.
struct PerfMapTests {
  /// Runs the built-in guest with these options, and host code; the lines of its map.
  private func lines(_ options: [String]) throws -> [[String]] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("ferry")
    process.arguments =
      ["-nographic", "-clock", "instructions", "-append", "quiet run=cpu run=off", "-accel", "jit", "-perfmap"]
      + options
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let path = "/tmp/perf-\(process.processIdentifier).map"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: " ", maxSplits: 2).map(String.init)
    }
  }

  #if arch(x86_64)
    @Test func `names host code by the guest's addresses, without overlaps`() throws {
      let pieces = try lines([]).map { line throws in
        (
          start: try #require(UInt64(line[0], radix: 16)), size: try #require(UInt64(line[1], radix: 16)),
          name: line[2]
        )
      }
      #expect(pieces.count > 20)
      #expect(pieces.first?.name == "ferry:shared")
      #expect(pieces.dropFirst().allSatisfy { $0.name.hasPrefix("0x1") && $0.size > 0 })
      for (one, next) in zip(pieces, pieces.dropFirst()) { #expect(one.start + one.size <= next.start) }
    }

    @Test func `names it by symbols, of a map or an ELF file`() throws {
      let whole = "00100000 T _start\n00100000 t whole\n7fffffff T _end\n"
      let map = try CommandLineTests.withFile(Array(whole.utf8)) { try lines(["-symbols", $0]) }
      #expect(map.count > 20)
      #expect(map.dropFirst().allSatisfy { $0[2].hasPrefix("whole+0x") })
      let elf = try CommandLineTests.withFile(Self.elf) { try lines(["-symbols", $0]) }
      #expect(elf.dropFirst().allSatisfy { $0[2].hasPrefix("main+0x") })
    }
  #endif

  @Test(arguments: 0..<elf.count)
  func `a symbol table that is cut off is refused, or what is left is read`(length: Int) throws {
    let result = try CommandLineTests.withFile(Array(Self.elf.prefix(length))) {
      try CommandLineTests.ferry(["run", "-perfmap", "-symbols", $0, "-kernel", "/nowhere/x"])
    }
    #expect(result.status == 1 || result.status == 2)
    #expect(result.errors.hasPrefix("ferry: ") && result.errors.split(separator: "\n").count == 1)
  }

  /// A header, three sections (none, symbols, names) and in them `$a`, `main` at 0x100000 and `end`.
  private static let elf: [UInt8] = {
    var bytes: [UInt8] = []
    func put(_ value: UInt32, _ count: Int = 4) {
      for i in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(i)))) }
    }
    bytes += [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
    put(2, 2)
    put(3, 2)
    put(1)
    put(0)
    put(0)
    put(52)  // Where the sections' headers are.
    put(0)
    put(52, 2)
    put(32, 2)
    put(0, 2)
    put(40, 2)
    put(3, 2)
    put(0, 2)
    let symbols: UInt32 = 52 + 3 * 40
    for _ in 0..<10 { put(0) }
    for value in [0, 2, 0, 0, symbols, 4 * 16, 2, 0, 4, 16] as [UInt32] { put(value) }
    for value in [0, 3, 0, 0, symbols + 64, 13, 0, 0, 1, 0] as [UInt32] { put(value) }
    for _ in 0..<4 { put(0) }
    for (name, address, info) in [(1, 0x100000, 0), (4, 0x100000, 2), (9, 0x7fff_ffff, 2)] as [(UInt32, UInt32, UInt32)]
    {
      put(name)
      put(address)
      put(0)
      put(info, 1)
      put(0, 1)
      put(1, 2)
    }
    bytes += Array("\0$a\0main\0end\0".utf8)
    return bytes
  }()
}
