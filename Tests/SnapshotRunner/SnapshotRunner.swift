import Glibc
import SavedState
import SnapshotSample
import Snapshots

/// What tests of snapshots need a process of its own for.
@main
enum SnapshotRunner {
  static let usage = """
    usage: snapshot-runner save FILE [LEVEL]     saves again and again, a generation each time, until it is killed
           snapshot-runner once FILE             saves once, and says what is wrong
           snapshot-runner fuzz SECONDS SEED [FILE…]
                                                 reads damaged files for so long, and loads into the machines of
                                                 FILEs what is changed in their nodes
           snapshot-runner migrate SECONDS SEED  moves machines while somebody changes what is sent, or one of the
                                                 two sides is hostile

    """

  static func main() {
    let words = CommandLine.arguments
    // A file that may not grow is an error of the write.
    signal(SIGXFSZ, SIG_IGN)
    switch (words.dropFirst().first, words.count) {
    case ("save", 3...4): save(words[2], words.count > 3 ? Int32(words[3]) : nil)
    case ("once", 3): once(words[2])
    case ("fuzz", 4...):
      guard let seconds = Int(words[2]), let seed = UInt64(words[3]) else { fail(usage) }
      do {
        try Fuzzer(seed: seed, machines: Array(words[4...])).run(seconds: seconds)
      } catch {
        fail("\(error)\n")
      }
    case ("migrate", 4):
      guard let seconds = Int(words[2]), let seed = UInt64(words[3]) else { fail(usage) }
      do {
        try MigrationFuzzer(seed: seed).run(seconds: seconds)
      } catch {
        fail("\(error)\n")
      }
    default: fail(usage)
    }
  }

  /// The time in seconds.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }

  /// The most memory the program has had, in KiB: VmHWM of proc_pid_status(5). What getrusage says begins with what
  /// the process had that started it.
  static var peak: Int {
    guard let file = fopen("/proc/self/status", "r") else { return .max }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if text.hasPrefix("VmHWM:") { return Int(text.filter(\.isNumber)) ?? .max }
    }
    return .max
  }

  private static func save(_ path: String, _ level: Int32?) {
    var generation: UInt64 = 1
    while true {
      do throws(SnapshotError) {
        try SnapshotSample.write(path, generation: generation, SnapshotOptions(compression: level))
      } catch {
        fail("\(error)\n")
      }
      generation &+= 1
    }
  }

  private static func once(_ path: String) {
    do throws(SnapshotError) {
      try SnapshotSample.write(path, generation: 1)
    } catch {
      fail("\(error)\n")
    }
  }

  static func fail(_ text: String) -> Never {
    let bytes = Array(text.utf8)
    _ = write(2, bytes, bytes.count)
    exit(1)
  }
}
