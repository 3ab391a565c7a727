import Foundation
package import Migration
import SavedState
import Snapshots
import Synchronization

/// Somebody between two sides who passes frames on, but for one of one direction, which it changes; its checksums are right
/// all the same.
package final class Mangler: Sendable {
  /// What it does to a frame.
  package enum Mischief: Int, CaseIterable, Sendable {
    /// Bits of the payload change.
    case flip
    /// It is not passed on.
    case drop
    /// It comes twice.
    case twice
    /// It is another kind.
    case rename
    /// Its end is missing.
    case cut
    /// Numbers in it become extreme.
    case extreme
    /// Random bytes come instead of it, and the connection ends.
    case noise
  }

  /// The ends for the two sides.
  package let near: Int32
  package let far: Int32
  private let mischief: Mischief
  private let number: Int
  private let isForth: Bool
  private let seed: UInt64

  /// Changes frame `number` on its way to the destination, or with `back` to the source.
  package init(_ mischief: Mischief, frame number: Int, back: Bool, seed: UInt64) {
    self.mischief = mischief
    self.number = number
    isForth = !back
    self.seed = seed
    let (near, middle) = Moves.pair()
    let (other, far) = Moves.pair()
    self.near = near
    self.far = far
    // Both relays read and write both; the last one closes.
    let left = Atomic<Int>(2)
    let count = Shared(left)
    Thread.detachNewThread { [self] in
      relay(from: middle, to: other, isMine: isForth)
      count.leave(middle, other)
    }
    Thread.detachNewThread { [self] in
      relay(from: other, to: middle, isMine: !isForth)
      count.leave(middle, other)
    }
  }

  private final class Shared: Sendable {
    private let left: Atomic<Int>
    init(_ left: consuming Atomic<Int>) { self.left = left }
    func leave(_ a: Int32, _ b: Int32) {
      shutdown(a, Int32(SHUT_RDWR))
      shutdown(b, Int32(SHUT_RDWR))
      guard left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
      close(a)
      close(b)
    }
  }

  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + done, count - done) }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard put > 0 else { return false }
      done += put
    }
    return true
  }

  private func relay(from: Int32, to: Int32, isMine: Bool) {
    var random = SplitMix64(seed: seed)
    var index = 0
    while let head = Self.read(from, FrameHeader.size) {
      let length = head.withUnsafeBytes { Int($0.load(as: UInt32.self)) }
      guard let payload = Self.read(from, length), let kind = FrameKind(rawValue: head[4]) else { return }
      guard isMine, index == number else {
        index += 1
        guard Self.write(to, head + payload) else { return }
        continue
      }
      index += 1
      switch mischief {
      case .drop: continue
      case .twice: guard Self.write(to, head + payload + head + payload) else { return }
      case .noise:
        _ = Self.write(to, (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        return
      case .flip, .cut, .extreme, .rename:
        var kind = kind
        let changed = change(payload, &kind, &random)
        guard Self.write(to, Self.frame(kind, changed)) else { return }
      }
    }
  }

  private func change(_ payload: [UInt8], _ kind: inout FrameKind, _ random: inout SplitMix64) -> [UInt8] {
    var bytes = payload
    switch mischief {
    case .flip:
      for _ in 0..<1 + Int(random.next() % 3) where !bytes.isEmpty {
        bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
      }
    case .cut: bytes.removeLast(Int(random.next() % UInt64(bytes.count + 1)))
    case .extreme:
      guard bytes.count >= 4 else { break }
      let place = Int(random.next() % UInt64(bytes.count / 4)) * 4
      let word: [UInt8] = random.next() % 2 == 0 ? [0xff, 0xff, 0xff, 0xff] : [0, 0, 0, 0]
      bytes.replaceSubrange(place..<place + 4, with: word)
    case .rename: kind = FrameKind.allCases[Int(random.next() % UInt64(FrameKind.allCases.count))]
    case .drop, .twice, .noise: break
    }
    return bytes
  }

  /// A frame whose checksum fits.
  package static func frame(_ kind: FrameKind, _ payload: [UInt8]) -> [UInt8] {
    payload.withUnsafeBytes { bytes in
      let covered = kind.hasTable ? (try? PageTable.covered(bytes)) ?? bytes : bytes
      var head = [UInt8](repeating: 0, count: FrameHeader.size)
      head.withUnsafeMutableBytes {
        FrameHeader(kind, length: payload.count, covered: covered).write(to: $0.baseAddress!)
      }
      return head + payload
    }
  }
}
