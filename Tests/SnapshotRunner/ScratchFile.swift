import Glibc

@_silgen_name("memfd_create")
private func createMemoryFile(_ name: UnsafePointer<CChar>, _ flags: UInt32) -> Int32

/// A file in memory, written again and again.
final class ScratchFile {
  private let descriptor = createMemoryFile("fuzz", 0)
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Makes `bytes` all of it.
  func write(_ bytes: [UInt8]) {
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      SnapshotRunner.fail("the host has no memory for the file\n")
    }
  }

  /// All of the file at `path`, up to 4 MiB.
  static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { SnapshotRunner.fail("\(path) cannot be read\n") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}
