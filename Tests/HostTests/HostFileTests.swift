import Foundation
import Testing

@testable import Host

@Suite struct `a file that is written` {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = "/tmp/ferry-file-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func `replaces what was there and leaves nothing beside it`() throws {
    try withFolder { folder in
      for bytes in [[1, 2, 3], [], [UInt8](repeating: 7, count: 3 << 20)] as [[UInt8]] {
        try HostFile.write(bytes, to: "\(folder)/x", what: "test")
        #expect(try HostFile.read("\(folder)/x", what: "test") == bytes)
        #expect(HostFile.names(in: folder) == ["x"])
      }
    }
  }

  @Test func `is refused in words where it cannot be`() throws {
    try withFolder { folder in
      #expect(throws: HostError("test \(folder)/no/x: No such file or directory")) {
        try HostFile.write([1], to: "\(folder)/no/x", what: "test")
      }
      #expect(throws: HostError.self) { try HostFile.write([1], to: folder, what: "test") }
      #expect(HostFile.names(in: folder) == [])
    }
  }

  @Test func `is not put in the place of a device`() throws {
    try HostFile.write([1], to: "/dev/null", what: "test")
    #expect(try HostFile.read("/dev/null", what: "test") == [])
    #expect(throws: HostError("test /dev/full: No space left on device")) {
      try HostFile.write([1], to: "/dev/full", what: "test")
    }
  }
}
