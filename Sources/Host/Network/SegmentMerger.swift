/// Makes one frame of TCP segments over IPv4 that follow each other, as far as the one can be taken apart into the others
/// again: what a device takes by `SegmentTaker`.
struct SegmentMerger {
  /// Bytes of Ethernet's and IP's headers, without options.
  private static let headers = 34

  /// The frame so far.
  private var bytes: [UInt8]
  /// Bytes of Ethernet's, IP's and TCP's headers.
  private let payload: Int
  /// Bytes of each segment's payload.
  let segmentSize: Int
  /// How many segments there are.
  private(set) var count = 1
  private var next: UInt32
  private var isOpen = true

  /// Begins with `frame`; nil when nothing may follow it.
  init?(_ frame: [UInt8], limit: Int) {
    // What can have successors is a whole frame of nothing but data.
    guard frame.count >= Self.headers + 20 + 1, frame[12] == 8, frame[13] == 0, frame[14] == 0x45, frame[23] == 6,
      frame[20] & 0xbf == 0, frame[21] == 0, frame[47] == 0x10, Self.half(frame, 16) == frame.count - 14
    else { return nil }
    payload = Self.headers + Int(frame[46] >> 4) * 4
    guard payload >= Self.headers + 20, frame.count > payload, frame.count < limit else { return nil }
    segmentSize = frame.count - payload
    next = Self.word(frame, 38) &+ UInt32(segmentSize)
    bytes = []
    bytes.reserveCapacity(min(limit, 1 << 16))
    bytes += frame
  }

  private static func half(_ frame: [UInt8], _ at: Int) -> Int { Int(frame[at]) << 8 | Int(frame[at + 1]) }

  private static func word(_ frame: [UInt8], _ at: Int) -> UInt32 {
    UInt32(half(frame, at)) << 16 | UInt32(half(frame, at + 2))
  }

  /// Adds `frame`; false when it does not follow, or the whole would have more than `limit` bytes.
  mutating func add(_ frame: [UInt8], limit: Int) -> Bool {
    guard isOpen, frame.count > payload, frame.count - payload <= segmentSize,
      bytes.count + frame.count - payload <= limit, Self.half(frame, 16) == frame.count - 14,
      Self.word(frame, 38) == next, frame[47] & ~0x08 == 0x10
    else { return false }
    // Ethernet, IP but for length, number and checksum, ports, acknowledgement, length, options.
    for range in [0..<16, 20..<24, 26..<38, 42..<47, 54..<payload] {
      for index in range where frame[index] != bytes[index] { return false }
    }
    bytes += frame[payload...]
    next &+= UInt32(frame.count - payload)
    count += 1
    // The latest window; PSH and a short segment end it.
    (bytes[47], bytes[48], bytes[49]) = (frame[47], frame[48], frame[49])
    isOpen = frame.count - payload == segmentSize && frame[47] & 0x08 == 0
    return true
  }

  /// The frame, with the length that it has; nothing can be added any more.
  mutating func finish() -> [UInt8] {
    isOpen = false
    func folded(_ sum: Int) -> Int { (sum & 0xffff + sum >> 16) & 0xffff + (sum & 0xffff + sum >> 16) >> 16 }
    store(bytes.count - 14, 16)
    store(0, 24)
    let header = stride(from: 14, to: Self.headers, by: 2).reduce(0) { $0 + Self.half(bytes, $1) }
    store(~folded(header) & 0xffff, 24)
    let pseudo = stride(from: 26, to: Self.headers, by: 2).reduce(6 + bytes.count - Self.headers) {
      $0 + Self.half(bytes, $1)
    }
    store(folded(pseudo), 50)
    return bytes
  }

  private mutating func store(_ value: Int, _ at: Int) {
    (bytes[at], bytes[at + 1]) = (UInt8(value >> 8 & 0xff), UInt8(value & 0xff))
  }
}
