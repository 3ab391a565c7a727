import Boards
import Foundation
import MigrationSample
import Testing

@testable import Migration

/// Machines that go by way of commands and files.
struct PlaceTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "way-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func `places have the forms that users know, and others are refused`() throws {
    for text in ["tcp:localhost:1", "unix:/a", "fd:7", "exec:cat a | b", "file:/a b", "defer"] {
      #expect(try MigrationAddress(text).description == text)
    }
    for text in ["", "exec:", "file:", "fd:1", "fd:x", "tcp:a", "/a", "EXEC:a"] {
      #expect(throws: MigrationError.self, "\(text)") { try MigrationAddress(text) }
    }
  }

  @Test(arguments: Moves.boards)
  func `a machine moves through commands`(name: String) throws {
    try withFolder { folder in
      #expect(mkfifo("\(folder)/there", 0o600) == 0 && mkfifo("\(folder)/back", 0o600) == 0)
      let moves = Moves()
      let machine = try moves.running(name)
      let other = try moves.bare(name)
      let out = Migrator(machine, poller: moves.poller)
      let into = Migrator(other, poller: moves.poller)
      let near = "exec:exec 3<&0; cat <&3 >'\(folder)/there' & exec cat '\(folder)/back'"
      let far = "exec:exec 3<&0; cat <&3 >'\(folder)/back' & exec cat '\(folder)/there'"
      let destination = try Destination(at: try MigrationAddress(far), poller: moves.poller)
      into.adopt(destination, paused: false)
      try out.migrate(to: near)
      moves.go([machine]) { !out.progress.status.isActive && !destination.isBusy }
      #expect(out.progress.status == .completed, "\(out.progress)")
      #expect(other.isRunning)
      #expect(try moves.harm(to: other, name) == [])
    }
  }

  @Test func `a command that ends, or is none, leaves the guest where it was`() throws {
    for command in ["exec:exit 3", "exec:/nonexistent 2>/dev/null", "exec:echo hello"] {
      let moves = Moves()
      let machine = try moves.running("microvm")
      let out = Migrator(machine, poller: moves.poller)
      try out.migrate(to: command)
      moves.go([machine]) { !out.progress.status.isActive }
      #expect(out.progress.status == .failed)
      #expect(out.progress.error != nil)
      #expect(machine.isRunning)
    }
  }

  @Test(arguments: Moves.boards)
  func `a machine leaves for a file, and goes on from it in another process, or where it was`(name: String) throws {
    try withFolder { folder in
      let moves = Moves()
      let machine = try moves.running(name)
      let out = Migrator(machine, poller: moves.poller)
      var statuses: [MigrationStatus] = []
      out.observe { if case .status(let status) = $0 { statuses.append(status) } }
      out.capabilities = [.compress]
      var told = 0
      out.beforeStop = { told += 1 }
      try out.migrate(to: "file:\(folder)/a.ferry")
      #expect(!machine.isRunning)
      moves.go([machine]) { !out.progress.status.isActive }
      #expect(statuses == [.device, .completed])
      #expect(told == 1)
      #expect(machine.runState == .postMigrate)
      let other = try moves.bare(name)
      let into = Migrator(other, poller: moves.poller)
      into.adopt(try Destination(at: .later, poller: moves.poller), paused: false)
      // Nothing changes where it does not fit.
      #expect(throws: MigrationError.self) { try into.expect(at: "file:\(folder)/b.ferry") }
      #expect(other.runState == .inMigrate)
      try into.expect(at: "file:\(folder)/a.ferry")
      #expect(into.progress.status == .completed && into.progress.isIncoming)
      #expect(other.isRunning)
      #expect(try moves.harm(to: other, name) == [])
      try out.expect(at: "file:\(folder)/a.ferry")
      #expect(machine.isRunning)
      #expect(try moves.harm(to: machine, name) == [])
      // And it can leave again.
      try out.migrate(to: "file:\(folder)/a.ferry")
      moves.go([machine]) { !out.progress.status.isActive }
      #expect(out.progress.status == .completed)
    }
  }

  @Test func `a file that cannot be written, or is given up, leaves the guest where it was`() throws {
    try withFolder { folder in
      let moves = Moves()
      let machine = try moves.running("microvm")
      let out = Migrator(machine, poller: moves.poller)
      for path in ["\(folder)/none/a.ferry", folder] {
        try out.migrate(to: "file:\(path)")
        moves.go([]) { !out.progress.status.isActive }
        #expect(out.progress.status == .failed)
        #expect(out.progress.error?.reasons.first?.hasPrefix("\(path): file: ") ?? false, "\(out.progress)")
        #expect(machine.isRunning)
      }
      try out.migrate(to: "file:\(folder)/a.ferry")
      out.cancel()
      moves.go([]) { !out.progress.status.isActive }
      // The job may have been done by then.
      let isThere = FileManager.default.fileExists(atPath: "\(folder)/a.ferry")
      #expect(out.progress.status == (isThere ? .completed : .cancelled))
      #expect(machine.isRunning == !isThere)
    }
  }
}
