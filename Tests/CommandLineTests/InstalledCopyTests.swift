import Foundation
import Testing

/// The program away from where it was built, and places that `-L` adds.
struct InstalledCopyTests {
  private static let built = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent()

  private static func withFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  @Test func `a copy finds boards and the built-in guest in the bundle beside it`() throws {
    try Self.withFolder { folder in
      for name in ["ferry", "ferry_Boards.resources"] {
        try FileManager.default.copyItem(at: Self.built.appending(path: name), to: folder.appending(path: name))
      }
      let arguments = ["-nographic", "-clock", "instructions", "-append", "quiet run=off"]
      let result = try CommandLineTests.ferry(arguments, program: folder.appending(path: "ferry"))
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("run: off"))
    }
  }

  @Test func `a copy finds them in share, and says so when they are nowhere`() throws {
    try Self.withFolder { folder in
      let files = FileManager.default
      let program = folder.appending(path: "bin/ferry")
      try files.createDirectory(at: folder.appending(path: "bin"), withIntermediateDirectories: true)
      try files.copyItem(at: Self.built.appending(path: "ferry"), to: program)
      let lost = try CommandLineTests.ferry(["machines", "microvm"], program: program)
      #expect(lost.status == 2)
      #expect(lost.errors.hasPrefix("ferry: unknown board \"microvm\""))
      let share = folder.appending(path: "share/ferry/machines")
      try files.createDirectory(at: share, withIntermediateDirectories: true)
      try files.copyItem(
        at: Self.built.appending(path: "ferry_Boards.resources/microvm.yaml"),
        to: share.appending(path: "microvm.yaml"))
      let found = try CommandLineTests.ferry(["machines", "microvm"], program: program)
      #expect(found.status == 0)
      #expect(found.output.hasPrefix("microvm-4: "))
    }
  }

  @Test func `a folder of -L has boards of its own`() throws {
    try Self.withFolder { folder in
      let board = Self.built.appending(path: "ferry_Boards.resources/microvm.yaml")
      let text = try String(contentsOf: board, encoding: .utf8)
      let machines = folder.appending(path: "machines")
      try FileManager.default.createDirectory(at: machines, withIntermediateDirectories: true)
      try text.replacing("board: microvm", with: "board: mine").write(
        to: machines.appending(path: "mine.yaml"), atomically: true, encoding: .utf8)
      #expect(try CommandLineTests.ferry(["machines", "-L", folder.path]).output.contains("mine-1"))
      let run = ["-L", folder.path, "-M", "mine", "-nographic", "-clock", "instructions", "-append", "quiet run=off"]
      #expect(try CommandLineTests.ferry(run).status == 0)
      #expect(try CommandLineTests.ferry(["schema", "mine", "-L", folder.path]).output.contains("i8259"))
      #expect(try CommandLineTests.ferry(["machines", "mine"]).status == 2)
    }
  }
}
