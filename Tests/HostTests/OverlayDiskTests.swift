import DeviceModel
import Foundation
import Testing

@testable import Host

/// Disks whose changes are in a file of their own.
struct OverlayDiskTests {
  private func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "overlay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  /// An image of `count` bytes, each its block's number.
  private func image(_ folder: String, _ count: Int = 70_144) throws -> String {
    let path = folder + "/base.img"
    try Data((0..<count).map { UInt8(truncatingIfNeeded: $0 / 512) }).write(to: URL(filePath: path))
    return path
  }

  private func read(_ disk: any BlockBackend, _ offset: Int64, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    let result = bytes.withUnsafeMutableBytes { disk.read(at: offset, into: $0) }
    #expect(result == .done)
    return bytes
  }

  private func write(_ disk: any BlockBackend, _ offset: Int64, _ bytes: [UInt8]) {
    #expect(bytes.withUnsafeBytes { disk.write(at: offset, from: $0) } == .done)
  }

  @Test func `it reads as a disk does that was written, and the base stays as it was`() throws {
    try withFolder { folder in
      let base = try image(folder)
      var model = [UInt8](try Data(contentsOf: URL(filePath: base)))
      let before = model
      for path in [nil, folder + "/a.overlay"] {
        model = before
        let disk = try OverlayDisk(name: "d", base: base, path: path)
        #expect(disk.size == 70_144)
        var seed: UInt64 = 1
        func random(_ bound: Int) -> Int {
          seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Int(seed >> 33) % bound
        }
        for round in 0..<300 {
          let start = random(137) * 512
          let count = min(70_144 - start, (1 + random(20)) * 512)
          if round % 5 == 4 {
            #expect(disk.clear(at: Int64(start), count: Int64(count)) == .done)
            model.replaceSubrange(start..<start + count, with: [UInt8](repeating: 0, count: count))
          } else {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: count)
            write(disk, Int64(start), bytes)
            model.replaceSubrange(start..<start + count, with: bytes)
          }
          let (from, room) = (random(137) * 512, 512 * (1 + random(9)))
          let wanted = Array(model[from..<min(70_144, from + room)])
          #expect(read(disk, Int64(from), wanted.count) == wanted, "round \(round)")
        }
        #expect([UInt8](try Data(contentsOf: URL(filePath: base))) == before)
      }
    }
  }

  @Test func `what was flushed is there again, and nothing that was not`() throws {
    try withFolder { folder in
      let base = try image(folder)
      let path = folder + "/a.overlay"
      do {
        let disk = try OverlayDisk(name: "d", base: base, path: path)
        write(disk, 512, [UInt8](repeating: 0x77, count: 1024))
        #expect(disk.flush() == .done)
        // As after a crash: the file as it is now.
        try FileManager.default.copyItem(atPath: path, toPath: folder + "/crashed")
        write(disk, 40_960, [UInt8](repeating: 0x66, count: 512))
        try FileManager.default.copyItem(atPath: path, toPath: folder + "/later")
      }
      for (name, second) in [("a.overlay", 0x66), ("crashed", 80), ("later", 80)] as [(String, UInt8)] {
        let disk = try OverlayDisk(name: "d", base: base, path: folder + "/" + name)
        #expect(read(disk, 0, 2048) == [0, 0x77, 0x77, 3].flatMap { [UInt8](repeating: $0, count: 512) }, "\(name)")
        #expect(read(disk, 40_960, 512) == [UInt8](repeating: second, count: 512), "\(name)")
      }
    }
  }

  @Test func `it fits its base alone, as that was`() throws {
    try withFolder { folder in
      let base = try image(folder)
      let path = folder + "/a.overlay"
      func refusal(_ base: String, _ path: String) -> String {
        do { _ = try OverlayDisk(name: "d", base: base, path: path) } catch { return "\(error)" }
        return "none"
      }
      do {
        let disk = try OverlayDisk(name: "d", base: base, path: path)
        #expect(refusal(base, path).hasSuffix("another process has it open; only one may write it"))
        _ = disk.flush()
      }
      #expect(refusal(base, path) == "none")
      try FileManager.default.copyItem(atPath: base, toPath: folder + "/other.img")
      #expect(refusal(folder + "/other.img", path).contains("lies over "))
      try Data("none".utf8).write(to: URL(filePath: folder + "/text"))
      #expect(refusal(base, folder + "/text").hasSuffix("is no overlay"))
      let handle = try FileHandle(forWritingTo: URL(filePath: base))
      try handle.write(contentsOf: Data([1, 2, 3]))
      try handle.close()
      #expect(refusal(base, path).contains("has changed since"))
    }
  }

  @Test func `it is recognised by its base and by what it has over that`() throws {
    try withFolder { folder in
      let base = try image(folder)
      let plain = try #require(try FileDisk(name: "d", path: base, readOnly: true).identity())
      let path = folder + "/a.overlay"
      var known: [DiskIdentity] = []
      do {
        let disk = try OverlayDisk(name: "d", base: base, path: path)
        let empty = try #require(disk.identity())
        #expect(empty.position == 0 && empty.changed == plain.changed && empty.sum == plain.sum)
        for round in 0..<3 {
          write(disk, 512, [UInt8](repeating: UInt8(round), count: 512))
          write(disk, 512, [UInt8](repeating: UInt8(round), count: 512))
          known.append(try #require(disk.identity()))
          #expect(disk.identity() == known.last)
        }
        #expect(Set(known.map(\.position)).count == 3 && !known.contains { $0.position == 0 })
        // Whoever comes after a process that was killed here finds what was recognised.
        try FileManager.default.copyItem(atPath: path, toPath: folder + "/killed")
        write(disk, 1024, [UInt8](repeating: 7, count: 512))
        try FileManager.default.copyItem(atPath: path, toPath: folder + "/later")
      }
      func position(_ path: String) throws -> UInt64? {
        try OverlayDisk(name: "d", base: base, path: path).identity()?.position
      }
      #expect(try position(folder + "/killed") == known[2].position)
      #expect(try position(folder + "/later") != known[2].position)
      // So does whoever begins there without a snapshot, and writes.
      do { write(try OverlayDisk(name: "d", base: base, path: folder + "/killed"), 2048, [7]) }
      #expect(try position(folder + "/killed") != known[2].position)
      #expect(try position(path) != known[2].position)
      // One that is gone with its process.
      let temporary = try OverlayDisk(name: "d", base: base, path: nil)
      #expect(temporary.overlay == .temporary && temporary.identity()?.position == 0)
    }
  }

  @Test func `another process has it first, and hands it over`() throws {
    try withFolder { folder in
      let base = try image(folder)
      let path = folder + "/a.overlay"
      let here = try OverlayDisk(name: "d", base: base, path: path)
      let there = try OverlayDisk(name: "d", base: base, path: path, isWaiting: true)
      write(here, 512, [UInt8](repeating: 5, count: 512))
      #expect(there.acquire() == "\(path): another process has it open")
      #expect(here.identity()?.file == there.identity()?.file)
      let delta = try #require(here.freeze())
      #expect(here.release() == .done && there.acquire() == nil)
      // What it had may be overwritten from now on.
      let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
      defer { chunk.deallocate() }
      #expect(delta.read(chunk: 0, into: chunk) != .done)
      #expect(read(there, 0, 1024) == [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 5, count: 512))
      #expect(here.identity()?.position != 0 || there.identity()?.position != 0)
    }
  }

  @Test func `only what may not be zero is looked through`() throws {
    try withFolder { folder in
      let base = folder + "/sparse.img"
      _ = FileManager.default.createFile(atPath: base, contents: nil)
      let handle = try FileHandle(forWritingTo: URL(filePath: base))
      try handle.truncate(atOffset: 8 << 20)
      try handle.close()
      let disk = try OverlayDisk(name: "d", base: base, path: nil)
      #expect(disk.data(from: 0).isEmpty)
      write(disk, 5 << 20, [UInt8](repeating: 1, count: 512))
      let found = disk.data(from: 0)
      #expect(found.lowerBound == 5 << 20 && found.upperBound <= (5 << 20) + 4096)
      #expect(disk.data(from: found.upperBound).isEmpty)
    }
  }

  @Test func `a drive asks for one`() throws {
    #expect(try DriveOption("file=a,id=d,snapshot=on").overlay == .temporary)
    #expect(try DriveOption("file=a,id=d,overlay=b").overlay == .named("b"))
    #expect(try DriveOption("file=a,id=d").overlay == .none)
    #expect(throws: OptionError.self) { try DriveOption("file=a,id=d,snapshot=on,overlay=b") }
    #expect(throws: OptionError.self) { try DriveOption("file=a,id=d,readonly=on,overlay=b") }
  }
}
