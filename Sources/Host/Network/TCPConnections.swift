/// The TCP connections of a guest over IPv4, as the frames that pass tell of them: what has to be known to end them at
/// the guest's side when the other side is gone.
struct TCPConnections {
  /// The most that are known; of more the oldest are forgotten.
  static let limit = 512
  /// Bytes of one in `bytes`.
  private static let size = 32

  private struct Key: Hashable {
    let guest: UInt32
    let peer: UInt32
    /// The guest's in the high half.
    let ports: UInt32
  }

  private struct Entry {
    /// Ethernet's, the first byte highest.
    var guestAddress: UInt64
    var peerAddress: UInt64
    /// The next byte that the guest sends, and that it expects.
    var next: UInt32
    var expected: UInt32
    /// Who has ended it: bit 0 the guest, bit 1 the peer.
    var ended: UInt8 = 0
    /// Counts up; the lowest was heard of longest ago.
    var age: UInt64 = 0
  }

  private var entries: [Key: Entry] = [:]
  private var age: UInt64 = 0

  /// None.
  init() {}

  /// How many there are.
  var count: Int { entries.count }

  private static func number(_ frame: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in at..<at + count { value = value << 8 | UInt64(frame[index]) }
    return value
  }

  /// A frame passes, from the guest or to it.
  mutating func note(_ frame: [UInt8], fromGuest: Bool) {
    // Ethernet, IPv4 and not the later part of anything, TCP.
    guard frame.count >= 54, frame[12] == 8, frame[13] == 0, frame[14] >> 4 == 4, frame[23] == 6,
      frame[20] & 0x1f == 0, frame[21] == 0
    else { return }
    let tcp = 14 + Int(frame[14] & 15) * 4
    guard tcp >= 34, frame.count >= tcp + 20 else { return }
    let flags = frame[tcp + 13]
    if fromGuest {
      noteFromGuest(frame, tcp, flags)
    } else if flags & 0x05 != 0 {
      let ports = UInt32(Self.number(frame, tcp + 2, 2) << 16 | Self.number(frame, tcp, 2))
      end(
        Key(guest: UInt32(Self.number(frame, 30, 4)), peer: UInt32(Self.number(frame, 26, 4)), ports: ports), flags, 2)
    }
  }

  private mutating func noteFromGuest(_ frame: [UInt8], _ tcp: Int, _ flags: UInt8) {
    let key = Key(
      guest: UInt32(Self.number(frame, 26, 4)), peer: UInt32(Self.number(frame, 30, 4)),
      ports: UInt32(Self.number(frame, tcp, 4)))
    guard flags & 0x04 == 0 else { return end(key, flags, 1) }
    let total = 14 + Int(Self.number(frame, 16, 2))
    let payload = max(0, min(total, frame.count) - tcp - Int(frame[tcp + 12] >> 4) * 4)
    // SYN and FIN count as a byte each.
    let length = UInt32(payload) &+ UInt32(flags & 1) &+ UInt32(flags >> 1 & 1)
    if entries[key] == nil {
      guard flags & 0x01 == 0 else { return }
      if entries.count >= Self.limit, let oldest = entries.min(by: { $0.value.age < $1.value.age }) {
        entries[oldest.key] = nil
      }
    }
    var entry = entries[key] ?? Entry(guestAddress: 0, peerAddress: 0, next: 0, expected: 0)
    if flags & 0x02 != 0 { entry.ended = 0 }
    age += 1
    entry.age = age
    entry.guestAddress = Self.number(frame, 6, 6)
    entry.peerAddress = Self.number(frame, 0, 6)
    entry.next = UInt32(Self.number(frame, tcp + 4, 4)) &+ length
    if flags & 0x10 != 0 { entry.expected = UInt32(Self.number(frame, tcp + 8, 4)) }
    entries[key] = entry
    if flags & 0x01 != 0 { end(key, flags, 1) }
  }

  /// One side has ended it, or broken it off.
  private mutating func end(_ key: Key, _ flags: UInt8, _ side: UInt8) {
    guard var entry = entries[key] else { return }
    entry.ended |= side
    entries[key] = flags & 0x04 != 0 || entry.ended == 3 ? nil : entry
  }

  // MARK: As bytes

  /// All of them, those that were heard of longest ago first.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func put(_ value: UInt64, _ count: Int) {
      for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }
    for (key, entry) in entries.sorted(by: { $0.value.age < $1.value.age }) {
      put(UInt64(key.guest), 4)
      put(UInt64(key.peer), 4)
      put(UInt64(key.ports), 4)
      put(entry.guestAddress, 6)
      put(entry.peerAddress, 6)
      put(UInt64(entry.next), 4)
      put(UInt64(entry.expected), 4)
    }
    return bytes
  }

  /// Those that `bytes` lists; nil when it is of another form.
  init?(_ bytes: [UInt8]) {
    guard bytes.count % Self.size == 0, bytes.count / Self.size <= Self.limit else { return nil }
    for at in stride(from: 0, to: bytes.count, by: Self.size) {
      func number(_ offset: Int, _ count: Int) -> UInt64 { Self.number(bytes, at + offset, count) }
      age += 1
      let key = Key(guest: UInt32(number(0, 4)), peer: UInt32(number(4, 4)), ports: UInt32(number(8, 4)))
      entries[key] = Entry(
        guestAddress: number(12, 6), peerAddress: number(18, 6), next: UInt32(number(24, 4)),
        expected: UInt32(number(28, 4)), age: age)
    }
  }

  /// A frame for each, to the guest, that breaks it off.
  var resets: [[UInt8]] {
    entries.sorted { $0.value.age < $1.value.age }.map { key, entry in
      var frame: [UInt8] = []
      func put(_ value: UInt64, _ count: Int) {
        for index in (0..<count).reversed() { frame.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
      }
      put(entry.guestAddress, 6)
      put(entry.peerAddress, 6)
      put(0x0800, 2)
      // 20 bytes of IP, 20 of TCP, not to be fragmented, 64 hops.
      put(0x4500_0028_0000_4000, 8)
      put(0x4006_0000, 4)
      put(UInt64(key.peer), 4)
      put(UInt64(key.guest), 4)
      put(UInt64(key.ports << 16 | key.ports >> 16), 4)
      put(UInt64(entry.expected), 4)
      put(UInt64(entry.next), 4)
      // RST and ACK.
      put(0x5014_0000_0000_0000, 8)
      Self.setSum(&frame, 24, Self.sum(frame[14..<34]))
      // Over the pseudo header of addresses, protocol and length, too.
      Self.setSum(&frame, 50, Self.sum(frame[26..<54]) + 6 + 20)
      return frame
    }
  }

  private static func sum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.indices.reduce(0) { $0 + ((($1 - bytes.startIndex) & 1 == 0) ? UInt32(bytes[$1]) << 8 : UInt32(bytes[$1])) }
  }

  private static func setSum(_ frame: inout [UInt8], _ at: Int, _ sum: UInt32) {
    var folded = sum
    while folded >> 16 != 0 { folded = folded & 0xffff + folded >> 16 }
    frame[at] = UInt8(truncatingIfNeeded: ~folded >> 8)
    frame[at + 1] = UInt8(truncatingIfNeeded: ~folded)
  }
}
