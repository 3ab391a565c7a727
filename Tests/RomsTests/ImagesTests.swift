import Foundation
import Testing

/// The guest programs in `roms/` are committed as built images; these tests keep them what their sources say.
@Suite struct ImagesTests {
  static let roms = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "roms")

  /// The places of clang and ld.lld: those of the toolchain that runs this test, else those on the PATH.
  static let tools: (clang: String, lld: String)? = {
    var places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    // The test runner of the package manager lies in TOOLCHAIN/usr/libexec/swift/pm or TOOLCHAIN/usr/bin.
    var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/" {
      places.insert(folder.appending(path: "bin").path, at: 0)
      folder.deleteLastPathComponent()
    }
    func find(_ name: String, beside other: String? = nil) -> String? {
      let first = other.map { [URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().path] } ?? []
      return (first + places).map { $0 + "/" + name }.first(where: FileManager.default.isExecutableFile(atPath:))
    }
    guard let swift = find("swift"), let clang = find("clang", beside: swift), let lld = find("ld.lld", beside: clang)
    else { return nil }
    return (clang, lld)
  }()

  /// Runs `roms/build ARGUMENTS` from a copy of the sources under another path; returns its status and what it said.
  func build(_ arguments: [String], in roms: URL) throws -> (status: Int32, output: String) {
    let tools = try #require(Self.tools)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = roms.appending(path: "build")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["CLANG": tools.clang, "LLD": tools.lld]) { $1 }
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-roms-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test(.enabled(if: tools != nil, "clang and ld.lld are not beside swift or on the PATH"))
  func `the images are what their sources build to, under any path`() throws {
    try withFolder { folder in
      let copy = folder.appending(path: "elsewhere")
      try FileManager.default.copyItem(at: Self.roms, to: copy)
      let result = try build(["--into", folder.path], in: copy)
      try #require(result.status == 0, "\(result.output)")
      let images = [
        ("demo.elf", "demo/demo.elf"), ("demo-arm.bin", "demo/demo-arm.bin"),
        ("linuxboot.bin", "optionrom/linuxboot.bin"), ("compute-i386.cpio", "compute/compute-i386.cpio"),
        ("compute-arm.cpio", "compute/compute-arm.cpio"),
      ]
      for (built, image) in images {
        let new = try Data(contentsOf: folder.appending(path: built))
        let committed = try Data(contentsOf: Self.roms.appending(path: image))
        #expect(new == committed, "roms/\(image) differs from its sources; run roms/build and commit the image")
      }
    }
  }

  @Test(.enabled(if: tools != nil, "clang and ld.lld are not beside swift or on the PATH"))
  func `a changed source shows in the check`() throws {
    try withFolder { folder in
      let copy = folder.appending(path: "changed")
      try FileManager.default.copyItem(at: Self.roms, to: copy)
      let source = copy.appending(path: "optionrom/linuxboot.S")
      let text = try String(contentsOf: source, encoding: .utf8)
      try text.replacing("Ferry: Linux", with: "Ferry: LINUX").write(to: source, atomically: true, encoding: .utf8)
      let result = try build(["--check"], in: copy)
      #expect(result.status != 0)
      #expect(result.output.contains("linuxboot.bin"))
    }
  }

  @Test func `the option ROM has the header that firmware looks for`() throws {
    let rom = [UInt8](try Data(contentsOf: Self.roms.appending(path: "optionrom/linuxboot.bin")))
    try #require(rom.count >= 0x40)
    #expect(Array(rom[0..<2]) == [0x55, 0xaa])
    #expect(Int(rom[2]) * 512 == rom.count)
    #expect(rom.reduce(0, &+) == 0)
    let header = Int(rom[0x1a]) | Int(rom[0x1b]) << 8
    try #require(header + 32 <= rom.count)
    #expect(Array(rom[header..<header + 4]) == Array("$PnP".utf8))
    #expect(rom[header..<header + 32].reduce(0, &+) == 0)
    let entry = Int(rom[header + 0x1a]) | Int(rom[header + 0x1b]) << 8
    #expect(entry > header && entry < rom.count)
  }

  @Test func `the demonstration guest stays below 64 KiB and has its multiboot header where loaders look`() throws {
    let elf = [UInt8](try Data(contentsOf: Self.roms.appending(path: "demo/demo.elf")))
    #expect(elf.count < 65536)
    #expect(Array(elf.prefix(4)) == [0x7f, 0x45, 0x4c, 0x46])
    let words = stride(from: 0, to: min(elf.count, 8192) - 12, by: 4).map { at in
      (0..<3).map { word in (0..<4).reduce(UInt32(0)) { $0 | UInt32(elf[at + word * 4 + $1]) << UInt32(8 * $1) } }
    }
    let header = try #require(words.first { $0[0] == 0x1BAD_B002 })
    #expect(header[0] &+ header[1] &+ header[2] == 0)
  }

  @Test func `the demonstration guest for ARM has the header by which loaders know a kernel`() throws {
    let image = [UInt8](try Data(contentsOf: Self.roms.appending(path: "demo/demo-arm.bin")))
    #expect((0x30..<65536).contains(image.count))
    func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(image[at + $1]) << UInt32(8 * $1) } }
    #expect(word(0x24) == 0x016f_2818)
    #expect(word(0x28) == 0x1_0000)
    #expect(Int(word(0x2c) - word(0x28)) == image.count)
  }
}
