import Foundation
import SavedState
import SnapshotSample
import Testing

@testable import Snapshots

struct SnapshotFileTests {
  /// A folder that is gone when `body` has returned.
  static func inFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "snapshots-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

  private func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

  @Test(arguments: [nil, 3] as [Int32?])
  func `what was written is read again, compressed or not`(level: Int32?) throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      let root = try SnapshotSample.write(path, generation: 7, SnapshotOptions(compression: level))
      let file = try SnapshotFile(path)
      var expected = SnapshotSample.contents(generation: 7)
      let contents = try file.contents()
      expected.header.root = root
      expected.header.fileLength = contents.header.fileLength
      expected.header.memorySize = SnapshotSample.ramSize + SnapshotFormat.pageSize
      #expect(contents == expected)
      #expect(file.isCompressed == (level != nil))
      #expect(try SnapshotSample.bytes(SnapshotMemory(file)) == SnapshotSample.memory(generation: 7))
    }
  }

  @Test func `the same contents give the same file, and the same root however they are stored`() throws {
    try Self.inFolder { folder in
      let root = try SnapshotSample.write(folder + "/a.ferry")
      try SnapshotSample.write(folder + "/b.ferry")
      #expect(try Self.bytes(folder + "/a.ferry") == Self.bytes(folder + "/b.ferry"))
      #expect(try SnapshotSample.write(folder + "/c.ferry", SnapshotOptions(compression: 1)) == root)
    }
  }

  @Test func `pages of one byte take no room`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let memory = try SnapshotMemory(try SnapshotFile(path))
      #expect(memory.fill(ofChunk: 0, of: 0) == 0)
      #expect(memory.fill(ofChunk: 0, of: 1) == 0xff)
      #expect(memory.storedBytes(ofChunk: 2, of: 0) == 3 * SnapshotFormat.pageSize)
      var status = stat()
      #expect(stat(path, &status) == 0)
      let stored = (16 + 3 + 16 + 1) * SnapshotFormat.pageSize
      #expect(Int(status.st_blocks) * 512 < stored + 64 * 1024)
    }
  }

  @Test func `a difference is small, and reads as all of it`() throws {
    try Self.inFolder { folder in
      try SnapshotSample.write(folder + "/one.ferry", generation: 1)
      for level in [nil, 1] as [Int32?] {
        let base = try SnapshotMemory(try SnapshotFile(folder + "/one.ferry"))
        let options = SnapshotOptions(compression: level, base: base)
        let root = try SnapshotSample.write(folder + "/two.ferry", generation: 2, options)
        let two = try SnapshotMemory(try SnapshotFile(folder + "/two.ferry"))
        #expect(two.chain.count == 2)
        #expect(try SnapshotSample.bytes(two) == SnapshotSample.memory(generation: 2))
        let stored = (0..<6).map { two.storedBytes(ofChunk: $0, of: 0) }
        #expect(stored.reduce(0, +) <= 3 * SnapshotFormat.pageSize)
        #expect(try SnapshotSample.write(folder + "/flat.ferry", generation: 2) == root)
        try SnapshotSample.write(folder + "/three.ferry", generation: 3, SnapshotOptions(base: two))
        let three = try SnapshotMemory(try SnapshotFile(folder + "/three.ferry"))
        #expect(three.chain.count == 3)
        #expect(try SnapshotSample.bytes(three) == SnapshotSample.memory(generation: 3))
      }
    }
  }

  @Test func `a base that is missing, another, or the file itself is named`() throws {
    try Self.inFolder { folder in
      let one = folder + "/one.ferry"
      let two = folder + "/two.ferry"
      try SnapshotSample.write(one, generation: 1)
      let base = try SnapshotMemory(try SnapshotFile(one))
      try SnapshotSample.write(two, generation: 2, SnapshotOptions(base: base))
      func refusal() -> String {
        do throws(SnapshotError) {
          try SnapshotProbe.read(two)
          return "taken"
        } catch {
          return "\(error)"
        }
      }
      #expect(refusal() == "taken")
      try FileManager.default.moveItem(atPath: one, toPath: folder + "/old.ferry")
      #expect(refusal().contains("base \(one): file: cannot be read: No such file or directory"))
      try SnapshotSample.write(one, generation: 9)
      #expect(refusal().contains("has root"))
      try FileManager.default.removeItem(atPath: one)
      try FileManager.default.createSymbolicLink(atPath: one, withDestinationPath: two)
      #expect(refusal().contains("is the file itself"))
      try FileManager.default.removeItem(atPath: one)
      #expect(mkfifo(one, 0o600) == 0)
      #expect(refusal().contains("is no regular file"))
    }
  }

  /// What reading `bytes` says; nil when they are taken.
  private func refusal(_ bytes: [UInt8], _ path: String) throws -> String? {
    try write(bytes, path)
    do throws(SnapshotError) {
      try SnapshotProbe.read(path)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// What reading the file at `path` says while a bit of its byte at `place` is flipped; nil when it is taken.
  private func refusal(_ path: String, flipping bit: UInt8, at place: Int, of good: [UInt8]) throws -> String? {
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    var byte = good[place] ^ bit
    #expect(pwrite(descriptor, &byte, 1, place) == 1)
    defer {
      byte = good[place]
      pwrite(descriptor, &byte, 1, place)
    }
    do throws(SnapshotError) {
      try SnapshotProbe.read(path)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// The place that has to be named for each byte of a file; nil for bytes that hold nothing.
  private func places(_ file: SnapshotFile, _ bytes: [UInt8]) -> [String?] {
    var places = [String?](repeating: nil, count: bytes.count)
    let header = ForgedSnapshot(bytes).headerLength
    for at in 0..<header { places[at] = "header" }
    for section in file.sections where section.kind != .data {
      for at in section.offset..<section.end { places[at] = section.place }
    }
    return places
  }

  @Test func `a flipped bit in any byte of header and sections is refused with the place named`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let good = try Self.bytes(path)
      let places = places(try SnapshotFile(path), good)
      var random = SplitMix64(seed: 1)
      for (at, place) in places.enumerated() {
        // The padding of the header is sampled.
        guard let place, at < 4000 || place != "header" || at % 61 == 0 else { continue }
        let bit = UInt8(1 << (random.next() & 7))
        let said = try refusal(path, flipping: bit, at: at, of: good) ?? "taken"
        #expect(said.contains(place), "byte \(at): \(said)")
      }
    }
  }

  @Test(arguments: [nil, 3] as [Int32?])
  func `a flipped bit in a chunk is refused with the address named`(level: Int32?) throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path, SnapshotOptions(compression: level))
      let good = try Self.bytes(path)
      let data = try #require(try SnapshotFile(path).section(.data))
      for at in stride(from: data.offset + 5, to: data.end, by: level == nil ? 4099 : 997) where good[at] != 0 {
        let said = try refusal(path, flipping: 0x10, at: at, of: good) ?? "taken"
        #expect(said.contains("memory ram at 0x"), "byte \(at): \(said)")
      }
    }
  }

  @Test func `a file that ends early is refused, wherever it ends`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let good = try Self.bytes(path)
      let file = try SnapshotFile(path)
      let ends = file.sections.flatMap { [$0.offset, $0.end] }
      for end in Set([0, 1, 7, 8, 511, 512, 513, 4095, 4096, 4097] + ends.flatMap { [$0 - 1, $0, $0 + 1] }) {
        guard end < good.count else { continue }
        let said = try refusal(Array(good[..<end]), folder + "/b.ferry") ?? "taken"
        #expect(
          said.contains("header: the file ends in it") || said.contains("file: has \(end) bytes") || end < 8,
          "\(end): \(said)")
      }
      #expect(try refusal(good + [0], folder + "/b.ferry")?.contains("file: has") == true)
    }
  }

  @Test func `sections that change places, are there twice, or are huge are refused by name`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let good = try Self.bytes(path)
      let other = folder + "/b.ferry"
      let count = ForgedSnapshot(good).count
      func place(_ index: Int) -> Int { ForgedSnapshot.directory + index * ForgedSnapshot.entry }
      for a in 0..<count {
        for b in 0..<count where a != b {
          var swapped = ForgedSnapshot(good)
          let entry = ForgedSnapshot.entry
          let first = Array(good[place(a)..<place(a) + entry])
          swapped.bytes.replaceSubrange(place(a)..<place(a) + entry, with: good[place(b)..<place(b) + entry])
          swapped.bytes.replaceSubrange(place(b)..<place(b) + entry, with: first)
          swapped.sealHeader()
          #expect(try refusal(swapped.bytes, other)?.contains("section") == true, "\(a) and \(b)")
          var doubled = ForgedSnapshot(good)
          doubled.bytes.replaceSubrange(place(a)..<place(a) + entry, with: good[place(b)..<place(b) + entry])
          doubled.sealHeader()
          #expect(try refusal(doubled.bytes, other)?.contains("section") == true, "\(b) in place of \(a)")
        }
        for (field, value) in [
          (8, UInt64.max), (16, .max), (16, 1 << 62), (16, 1 << 40), (8, 1 << 61), (16, 0), (32, 1 << 50),
          (40, 1 << 20),
        ] {
          var huge = ForgedSnapshot(good)
          huge.set(place(a) + field, value)
          huge.sealHeader()
          let isMemory = huge.section(a).kind == 5
          guard field < 32 || isMemory, field != 16 || value != 0 || huge.section(a).kind != 7 else { continue }
          let said = try refusal(huge.bytes, other) ?? "taken"
          #expect(
            said.contains("section") || said.contains("entry \(a) of the directory") || said.contains("base"),
            "\(a), \(field): \(said)")
        }
      }
    }
  }

  @Test func `numbers of the header that are out of bounds are refused before anything is allocated`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let good = try Self.bytes(path)
      let cases: [(Int, UInt32, String)] = [
        (12, 2, "needs a reader of format 2"), (12, 0, "needs a reader"), (16, 4096 * 1000, "do not fit"),
        (16, 8193, "do not fit"), (16, 0, "do not fit"), (20, 5000, "5000 sections are more than 4096"),
        (20, 4096, "do not fit"), (64, 8192, "pages of 8192"), (68, 4096, "chunks of 4096"),
        (272, 5000, "the comment has 5000 bytes"), (276, .max, "the thumbnail"), (280, 1 << 20, "the console"),
        (60, 1 << 8, "sizes are beyond"), (44, .max, "sizes are beyond"), (40, 77, "file: has"),
        (56, 4096, "bytes of memory are not"),
      ]
      for (at, value, expected) in cases {
        var forged = ForgedSnapshot(good)
        forged.set(at, value)
        forged.sealHeader()
        let said = try refusal(forged.bytes, folder + "/b.ferry") ?? "taken"
        #expect(said.contains(expected), "\(at): \(said)")
      }
    }
  }

  @Test func `chunk tables that say what cannot be are refused with the chunk named`() throws {
    try Self.inFolder { folder in
      let path = folder + "/a.ferry"
      try SnapshotSample.write(path)
      let good = try Self.bytes(path)
      let file = try SnapshotFile(path)
      let table = try #require(file.sections.first { $0.kind == .memory && $0.name == "ram" })
      let noise = table.offset + 24
      func forged(_ change: (inout ForgedSnapshot) -> Void) throws -> String {
        var forged = ForgedSnapshot(good)
        change(&forged)
        forged.seal()
        return try refusal(forged.bytes, folder + "/b.ferry") ?? "taken"
      }
      #expect(try forged { $0.set(noise, UInt64(1)) }.contains("memory ram at 0x10000: checksum"))
      #expect(try forged { $0.set(noise + 8, UInt64.max) }.contains("are not within the data"))
      #expect(try forged { $0.set(noise + 8, $0.number(noise + 8, UInt64.self) + 4096) }.contains("its place is"))
      #expect(try forged { $0.set(noise + 16, UInt32(100)) }.contains("stored otherwise"))
      #expect(try forged { $0.set(noise + 16, UInt32.max) }.contains("chunk at 0x10000"))
      #expect(try forged { $0.set(noise + 23, UInt8(1)) }.contains("the file has none"))
      #expect(try forged { $0.set(noise + 23, UInt8(2)) }.contains("flags 2"))
      #expect(try forged { $0.set(noise + 20, UInt16(0)) }.contains("no page is stored"))
      #expect(try forged { $0.set(table.end - 4, UInt16(7)) }.contains("pages beyond its end"))
      // Two chunks that have changed places are where their checksums are not.
      #expect(
        try forged {
          let one = Array($0.bytes[noise..<noise + 24])
          $0.bytes.replaceSubrange(noise..<noise + 24, with: $0.bytes[noise + 48..<noise + 72])
          $0.bytes.replaceSubrange(noise + 48..<noise + 72, with: one)
        }.contains("chunk at 0x10000"))
    }
  }

  @Test func `XXH64 is that of its specification`() {
    #expect(XXH64.hash([]) == 0xef46_db37_51d8_e999)
    #expect(XXH64.hash(Array("a".utf8)) == 0xd24e_c4f1_a98c_6e5b)
    #expect(XXH64.hash(Array("abc".utf8)) == 0x44bc_2cf5_ad77_0999)
    #expect(
      XXH64.hash(Array("Nobody inspects the spammish repetition".utf8)) == 0xfbce_a83c_8a37_8bf1)
    // Copied, bytes have the sum that they have.
    let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    var copy = [UInt8](repeating: 0, count: bytes.count)
    let sum = copy.withUnsafeMutableBytes { copy in
      bytes.withUnsafeBytes { XXH64.copy($0, to: copy.baseAddress!) }
    }
    #expect(copy == bytes && sum == XXH64.hash(bytes))
  }
}
