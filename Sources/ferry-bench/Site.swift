import Foundation
import Host

/// Where guests are measured with the `ferry` beside this program, and how often.
struct Site {
  /// The program.
  let ferry: String
  /// The folder with `vmlinuz` and `initrd.gz`.
  let guests: String
  /// For files that are made meanwhile.
  let folder: String
  let pairs: Int
  let withQEMU: Bool
  let memory: HostMemory

  /// - Throws: `HostError` when a file is not there.
  init(ferry: String, guests: String, pairs: Int, withQEMU: Bool, keepsMemory: Bool) throws(HostError) {
    for file in [ferry, "\(guests)/vmlinuz", "\(guests)/initrd.gz"] where !HostFile.exists(file) {
      throw HostError("\(file) is not there")
    }
    self.ferry = ferry
    self.guests = guests
    self.pairs = pairs
    self.withQEMU = withQEMU
    memory = HostMemory(isKept: keepsMemory)
    folder = FileManager.default.temporaryDirectory.appending(path: "ferry-bench-\(getpid())").path
  }

  /// Does `body` while the folder is there.
  func withFolder(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body()
  }
}
