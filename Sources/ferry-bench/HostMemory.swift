import Foundation
import Glibc

/// The host's memory as those need it who measure what fills a lot of it. Where the host is a virtual machine itself, it
/// may have given free memory back, and what fills 1 GiB next would wait for that to come again, ten times as long as it
/// takes otherwise.
final class HostMemory {
  /// Whether all but `room` is kept, so that what is used and given back is the same memory each time.
  private let isKept: Bool
  private var kept: [UnsafeMutableRawPointer] = []
  /// What is left to others, in bytes.
  private static let room = 4 << 30
  /// What is kept at a time.
  private static let piece = 256 << 20

  init(isKept: Bool) { self.isKept = isKept }

  deinit { for piece in kept { munmap(piece, Self.piece) } }

  /// Has the host's free memory at hand.
  func fetch() {
    if isKept {
      while Self.free > Self.room + Self.piece, let piece = Self.take(Self.piece) { kept.append(piece) }
      while Self.free < Self.room - Self.piece, let piece = kept.popLast() { munmap(piece, Self.piece) }
    }
    let size = min(Self.free * 7 / 8, Self.room)
    if let memory = Self.take(size) { munmap(memory, size) }
  }

  /// Memory that the host has really given.
  private static func take(_ size: Int) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else { return nil }
    // MADV_HUGEPAGE.
    _ = madvise(base, size, 14)
    memset(base, 1, size)
    return base
  }

  /// Bytes that nobody uses.
  private static var free: Int {
    let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemFree:") } ?? ""
    return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) << 10
  }
}
