import Glibc
import SavedState
import SnapshotSample
import Snapshots

/// Reads snapshots that somebody has changed: bytes anywhere, the numbers of the format with all checksums made right
/// again, and nodes of machines, which are loaded. Ends the process with an error where memory grows; a crash or a hang
/// (an alarm) ends it by itself.
struct Fuzzer {
  private static let memoryLimit = 256 << 10
  private var random: SplitMix64
  private var originals: [[UInt8]] = []
  private let scratch = ScratchFile()
  private let machines: MachineFuzzer?
  private static let interesting: [UInt64] = [
    0, 1, 2, 7, 15, 16, 255, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20, 1 << 31, 1 << 32, 1 << 38, 1 << 62,
    1 << 63, .max, .max - 4095, .max - 65535,
  ]

  /// `machines` are the paths of snapshots of whole machines.
  init(seed: UInt64, machines paths: [String]) throws {
    random = SplitMix64(seed: seed)
    machines = paths.isEmpty ? nil : try MachineFuzzer(paths, seed: seed, scratch: scratch)
    let folder = "/tmp/snapshot-fuzz-\(getpid())"
    guard mkdir(folder, 0o700) == 0 else { SnapshotRunner.fail("\(folder) cannot be made\n") }
    defer { rmdir(folder) }
    do throws(SnapshotError) {
      let first = folder + "/first.ferry"
      let second = folder + "/second.ferry"
      defer {
        unlink(first)
        unlink(second)
      }
      try SnapshotSample.write(first)
      originals.append(ScratchFile.read(first))
      try SnapshotSample.write(second, generation: 1, SnapshotOptions(compression: 1))
      originals.append(ScratchFile.read(second))
      let base = try SnapshotMemory(try SnapshotFile(first))
      try SnapshotSample.write(second, generation: 2, SnapshotOptions(base: base))
      originals.append(ScratchFile.read(second))
    } catch {
      SnapshotRunner.fail("\(error)\n")
    }
  }

  mutating private func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  func run(seconds: Int) {
    var copy = self
    let start = SnapshotRunner.now
    var count = 0
    var taken = 0
    while SnapshotRunner.now < start + seconds {
      alarm(20)
      for _ in 0..<200 {
        if copy.readMutant() { taken += 1 }
        machines?.step()
        count += machines == nil ? 1 : 2
      }
    }
    alarm(0)
    let peak = SnapshotRunner.peak
    print("\(count) mutants in \(SnapshotRunner.now - start) s, at most \(peak >> 10) MiB used")
    print("  \(machines == nil ? count : count / 2) files read, \(taken) of them taken")
    for (what, number) in (machines?.counts ?? [:]).sorted(by: { $0.key < $1.key }) { print("  \(number) \(what)") }
    let failures = (machines?.failures ?? [:]).values.sorted()
    guard failures.isEmpty else { SnapshotRunner.fail(failures.joined(separator: "\n") + "\n") }
    guard peak < Self.memoryLimit else { SnapshotRunner.fail("more memory than \(Self.memoryLimit >> 10) MiB\n") }
  }

  /// Whether the file was taken.
  private mutating func readMutant() -> Bool {
    var forged = ForgedSnapshot(originals[below(originals.count)])
    for _ in 0...below(3) { mutate(&forged) }
    if below(8) != 0 { forged.seal() }
    if below(16) == 0 { forged.bytes.removeLast(below(forged.bytes.count)) }
    scratch.write(forged.bytes)
    do throws(SnapshotError) {
      try SnapshotProbe.read(scratch.path)
      return true
    } catch {
      guard !error.faults.isEmpty else { SnapshotRunner.fail("an error that says nothing\n") }
      return false
    }
  }

  private mutating func value() -> UInt64 {
    switch below(3) {
    case 0: Self.interesting[below(Self.interesting.count)]
    case 1: random.next() >> UInt64(below(64))
    default: UInt64(below(1 << 20))
    }
  }

  private mutating func mutate(_ forged: inout ForgedSnapshot) {
    let entry = ForgedSnapshot.entry
    let directory = ForgedSnapshot.directory
    let count = max(1, min(forged.count, 24))
    switch below(10) {
    case 0:  // A byte anywhere.
      forged.bytes[below(forged.bytes.count)] ^= UInt8(1 << below(8))
    case 1:  // A number of the header.
      let at = [8, 12, 16, 20, 64, 68, 72, 272, 276, 280][below(10)]
      forged.set(at, UInt32(truncatingIfNeeded: value()))
    case 2: forged.set([24, 32, 40, 48, 56][below(5)], value())
    case 3:  // A number of the directory.
      forged.set(directory + below(count) * entry + [0, 8, 16, 24, 32, 40][below(6)], value())
    case 4: forged.set(directory + below(count) * entry + [0, 4][below(2)], UInt32(below(12)))
    case 5:  // Two entries change places, or one is there twice.
      let a = directory + below(count) * entry
      let b = directory + below(count) * entry
      let first = Array(forged.bytes[a..<a + entry])
      if below(2) == 0 { forged.bytes.replaceSubrange(a..<a + entry, with: forged.bytes[b..<b + entry]) }
      forged.bytes.replaceSubrange(b..<b + entry, with: first)
    case 6, 7:  // A byte of a section.
      let (_, offset, length) = forged.section(below(count))
      guard length > 0, length <= forged.bytes.count, offset <= forged.bytes.count - length else { return }
      let at = offset + below(length)
      forged.bytes[at] = below(2) == 0 ? UInt8(truncatingIfNeeded: value()) : forged.bytes[at] ^ UInt8(1 << below(8))
    default:  // An entry of a chunk table.
      for index in 0..<count {
        let (kind, offset, length) = forged.section(index)
        guard kind == 5, length >= 24, offset < forged.bytes.count, below(2) == 0 else { continue }
        let at = offset + below(min(length, forged.bytes.count) / 24) * 24
        switch below(4) {
        case 0: forged.set(at, value())
        case 1: forged.set(at + 8, value())
        case 2: forged.set(at + 16, UInt32(truncatingIfNeeded: value()))
        default: forged.set(at + 20, UInt32(truncatingIfNeeded: random.next()))
        }
      }
    }
  }
}
