import DeviceModel
import Glibc
import Testing

@testable import Host

/// Disk images over real files.
struct FileDiskTests {
  /// A scratch image of `size` bytes, gone when `body` has returned.
  private func withImage(size: Int, begins: [UInt8] = [], _ body: (String) throws -> Void) throws {
    let path = "/tmp/ferry-\(getpid())-\(UInt64.random(in: 0 ... .max)).img"
    let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    #expect(file >= 0)
    #expect(ftruncate(file, size) == 0)
    #expect(pwrite(file, begins, begins.count, 0) == begins.count)
    close(file)
    defer { unlink(path) }
    try body(path)
  }

  private func read(_ disk: FileDisk, _ offset: Int64, _ count: Int) -> (BlockResult, [UInt8]) {
    var bytes = [UInt8](repeating: 0xee, count: count)
    let result = bytes.withUnsafeMutableBytes { disk.read(at: offset, into: $0) }
    return (result, bytes)
  }

  private func write(_ disk: FileDisk, _ offset: Int64, _ bytes: [UInt8]) -> BlockResult {
    bytes.withUnsafeBytes { disk.write(at: offset, from: $0) }
  }

  @Test func `what is written is read, and is in the file`() throws {
    try withImage(size: 2048) { path in
      let disk = try FileDisk(name: "d", path: path)
      #expect(disk.size == 2048)
      #expect(write(disk, 510, [1, 2, 3, 4]) == .done)
      #expect(disk.flush() == .done)
      #expect(read(disk, 509, 6) == (.done, [0, 1, 2, 3, 4, 0]))
      #expect(try HostFile.read(path, what: "image")[510..<514] == [1, 2, 3, 4])
    }
  }

  @Test func `what the host has in memory is read at once, and what another process has is not`() throws {
    try withImage(size: 1 << 16) { path in
      let disk = try FileDisk(name: "d", path: path)
      let bytes = (0..<1 << 16).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
      #expect(write(disk, 0, bytes) == .done)
      var found = [UInt8](repeating: 0xee, count: 5000)
      // Not every file system says what is in memory.
      let isThere = found.withUnsafeMutableBytes { disk.readAtOnce(at: 3000, into: $0) }
      #expect(!isThere || found[...] == bytes[3000..<8000])
      #expect(!found.withUnsafeMutableBytes { disk.readAtOnce(at: 62_000, into: $0) })
      #expect(disk.release() == .done)
      #expect(!found.withUnsafeMutableBytes { disk.readAtOnce(at: 3000, into: $0) })
    }
  }

  @Test func `nothing beyond the end is read or written`() throws {
    try withImage(size: 1024) { path in
      let disk = try FileDisk(name: "d", path: path)
      #expect(read(disk, 1020, 8).0 == .outOfRange)
      #expect(write(disk, 1020, [1, 2, 3, 4, 5]) == .outOfRange)
      #expect(write(disk, -1, [1]) == .outOfRange)
      #expect(write(disk, .max, [1]) == .outOfRange)
      #expect(disk.clear(at: 1000, count: .max) == .outOfRange)
      #expect(read(disk, 1020, 4) == (.done, [0, 0, 0, 0]))
      #expect(try HostFile.read(path, what: "image").count == 1024)
    }
  }

  @Test func `cleared bytes read as zeros and their neighbours stay`() throws {
    try withImage(size: 1 << 18) { path in
      let disk = try FileDisk(name: "d", path: path)
      #expect(write(disk, 0, [UInt8](repeating: 0xaa, count: 1 << 18)) == .done)
      #expect(disk.clear(at: 3, count: 200_000) == .done)
      #expect(read(disk, 0, 5).1 == [0xaa, 0xaa, 0xaa, 0, 0])
      #expect(read(disk, 200_001, 4).1 == [0, 0, 0xaa, 0xaa])
    }
  }

  @Test func `an image that is only read refuses writes and is shared with others that read it`() throws {
    try withImage(size: 512) { path in
      let disk = try FileDisk(name: "d", path: path, readOnly: true)
      let other = try FileDisk(name: "e", path: path, readOnly: true)
      #expect(disk.isReadOnly)
      #expect(write(disk, 0, [1]) == .readOnly)
      #expect(disk.clear(at: 0, count: 1) == .readOnly)
      #expect(read(other, 0, 1) == (.done, [0]))
    }
  }

  @Test func `one image is not written twice at once`() throws {
    try withImage(size: 512) { path in
      var first: FileDisk? = try FileDisk(name: "d", path: path)
      #expect(throws: HostError("drive e: \(path): another process has it open; only one may write it")) {
        try FileDisk(name: "e", path: path)
      }
      #expect(throws: HostError("drive e: \(path): another process is writing it")) {
        try FileDisk(name: "e", path: path, readOnly: true)
      }
      #expect(first?.size == 512)
      first = nil
      #expect(try FileDisk(name: "e", path: path).size == 512)
    }
  }

  @Test func `a file that is no disk is told from one`() throws {
    try withImage(size: 0) { path in
      #expect(throws: HostError("drive d: \(path): is empty; truncate -s SIZE gives it one")) {
        try FileDisk(name: "d", path: path)
      }
    }
    try withImage(size: 700) { path in
      let words = "has 700 bytes, not a multiple of 512; truncate -s %512 rounds it up"
      #expect(throws: HostError("drive d: \(path): \(words)")) { try FileDisk(name: "d", path: path) }
    }
    #expect(throws: HostError("drive d: /nowhere/x: No such file or directory")) {
      try FileDisk(name: "d", path: "/nowhere/x")
    }
    #expect(throws: HostError("drive d: /dev/null: is neither a file nor a block device")) {
      try FileDisk(name: "d", path: "/dev/null")
    }
  }

  @Test(arguments: [
    ("QFI\u{fb}", "a qcow2 image", "qemu-img convert -O raw IMAGE IMAGE.raw makes one"),
    ("KDMV", "a VMDK image", "qemu-img convert -O raw IMAGE IMAGE.raw makes one"),
    ("<<< Oracle VM VirtualBox Disk Image >>>", "a VDI image", "qemu-img convert -O raw IMAGE IMAGE.raw makes one"),
    ("vhdxfile", "a VHDX image", "qemu-img convert -O raw IMAGE IMAGE.raw makes one"),
    ("FERRYOVL", "the overlay of another image", "name it by overlay=, and the image by file="),
    ("\u{1f}\u{8b}\u{8}", "a gzip file", "gunzip unpacks it"),
  ])
  func `an image that is not raw is refused unless it is said to be raw`(
    magic: String, format: String, remedy: String
  ) throws {
    try withImage(size: 1024, begins: magic.unicodeScalars.map { UInt8($0.value) }) { path in
      let words = "looks like \(format), and only raw images can be used: \(remedy); format=raw takes it as it is"
      #expect(throws: HostError("drive d: \(path): \(words)")) { try FileDisk(name: "d", path: path) }
      let raw = try FileDisk(name: "d", path: path, isRaw: true)
      #expect(raw.size == 1024)
    }
  }

  @Test func `it is recognised until it is written, however soon that is`() throws {
    try withImage(size: 4 << 20, begins: [1, 2, 3]) { path in
      var known = try #require(try FileDisk(name: "d", path: path).identity())
      let disk = try FileDisk(name: "d", path: path)
      for round in 0..<20 {
        #expect(disk.identity() == known, "round \(round)")
        // Beyond what is summed up; the time tells.
        #expect(write(disk, (2 << 20) + Int64(round), [9]) == .done)
        let next = try #require(disk.identity())
        #expect(next.changed != known.changed && next.sum == known.sum && next.file == known.file, "round \(round)")
        known = next
      }
      #expect(write(disk, 2, [9]) == .done)
      #expect(disk.clear(at: 1, count: 1) == .done)
      let last = try #require(disk.identity())
      #expect(last.sum != known.sum)
      #expect(disk.release() == .done)
      #expect(try FileDisk(name: "d", path: path, readOnly: true).identity() == last)
    }
  }

  @Test func `a drive has a file, a name and a place`() throws {
    let drive = try DriveOption("file=/a,,b,id=d,readonly=on,format=raw")
    #expect(drive.path == "/a,b")
    #expect(drive.id == "d")
    #expect(drive.isReadOnly)
    #expect(drive.isRaw)
    #expect(drive.slot == .none)
    let card = try DriveOption("if=sd,file=card.img")
    #expect(card.slot == .sd)
    #expect(card.id == DriveOption.sdSlot)
    #expect(!card.isReadOnly && !card.acceptsChanges)
    #expect(try DriveOption("if=sd,file=card.img,changed=accept").acceptsChanges)
  }

  @Test(arguments: [
    ("disk.img", "-drive disk.img: expected file=PATH,id=NAME"),
    ("id=d", "-drive id=d: file=PATH is missing"),
    ("file=x", "-drive file=x: id=NAME is missing"),
    ("file=x,id=d,readonly=maybe", "readonly=maybe: expected on or off"),
    ("file=x,id=d,if=floppy", "unknown -drive if \"floppy\""),
    ("file=x,id=d,format=qcow2", "format=qcow2: only raw images can be used; qemu-img convert -O raw makes one"),
    ("file=x,id=d,changed=yes", "unknown -drive changed \"yes\""),
    ("file=x,id=d,fromat=raw", "unknown property of -drive \"fromat\"; did you mean \"format\"?"),
  ])
  func `a drive that cannot be is one line`(text: String, message: String) {
    #expect(throws: OptionError(message)) { try DriveOption(text) }
  }
}
