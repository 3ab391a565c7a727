import Boards
import Engine
import Foundation
import Host

/// What Linux `perf` reads to name code in anonymous memory: `/tmp/perf-PID.map`, a line for each piece, with its address,
/// its size and a name (tools/perf/Documentation/jit-interface.txt).
final class PerfMap {
  private let file: FileHandle
  private let symbols: SymbolMap?

  /// Begins the file for this process; guest addresses are told by `symbols` where those know them.
  ///
  /// - Throws: `HostError` when it cannot be written.
  init(_ symbols: SymbolMap?) throws(HostError) {
    self.symbols = symbols
    let path = "/tmp/perf-\(getpid()).map"
    // Everybody may write there: what is left of another process of that number, or is laid out by somebody, is not
    // written to.
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw HostError("-perfmap \(path): \(String(cString: strerror(errno)))") }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Writes down what `machine` has of host code from now on.
  func follow(_ machine: Machine) {
    for cpu in machine.cpus {
      cpu.announceHostCode { [file, symbols] address, code in
        let name = address.map { symbols?.place($0) ?? "0x" + String($0, radix: 16) } ?? "ferry:shared"
        let start = String(UInt(bitPattern: code.baseAddress), radix: 16)
        // A map with holes is better than a guest that stops.
        try? file.write(contentsOf: Data("\(start) \(String(code.count, radix: 16)) \(name)\n".utf8))
      }
    }
  }
}
