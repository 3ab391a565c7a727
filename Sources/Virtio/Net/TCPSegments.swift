/// A frame of TCP that is longer than the network takes, to be sent as several (Virtual I/O Device 1.2, 5.1.6.2).
struct TCPSegments {
  private let frame: [UInt8]
  private let ip: Int
  private let tcp: Int
  private let payload: Int
  private let size: Int
  private let isIPv6: Bool

  /// What `header` says of `frame`; nil when it cannot be.
  init?(_ frame: [UInt8], _ header: NetHeader) {
    guard frame.count >= 18 else { return nil }
    ip = frame[12] == 0x81 && frame[13] == 0 ? 18 : 14
    tcp = Int(header.checksumStart)
    size = Int(header.segmentSize)
    isIPv6 = header.segmentation & ~NetHeader.Segmentation.congestion == NetHeader.Segmentation.tcp6
    // The checksum of TCP, behind an IP header that is whole.
    guard header.flags & NetHeader.Flag.needsChecksum != 0, header.checksumOffset == 16, size > 0,
      tcp >= ip + (isIPv6 ? 40 : 20), tcp <= ip + 256, frame.count >= tcp + 20, frame[ip] >> 4 == (isIPv6 ? 6 : 4)
    else { return nil }
    payload = tcp + Int(frame[tcp + 12] >> 4) * 4
    guard payload >= tcp + 20, payload < frame.count, isIPv6 || ip + Int(frame[ip] & 15) * 4 == tcp else { return nil }
    // Every frame costs its headers: a driver that cuts 64 KiB into single bytes gets less.
    guard (frame.count - payload + size - 1) / size <= Self.limit else { return nil }
    self.frame = frame
  }

  /// The most frames of one.
  private static let limit = 1024

  /// Calls `body` with each of them.
  func each(_ body: ([UInt8]) -> Void) {
    let sequence = (0..<4).reduce(0 as UInt32) { $0 << 8 | UInt32(frame[tcp + 4 + $1]) }
    let number = UInt16(frame[ip + 4]) << 8 | UInt16(frame[ip + 5])
    var at = payload
    var index: UInt16 = 0
    while at < frame.count {
      let end = min(frame.count, at + size)
      var part = Array(frame[..<payload])
      part += frame[at..<end]
      let length = UInt16(truncatingIfNeeded: part.count - ip)
      if isIPv6 {
        InternetChecksum.store(length &- 40, &part, at: ip + 4)
      } else {
        InternetChecksum.store(length, &part, at: ip + 2)
        InternetChecksum.store(number &+ index, &part, at: ip + 4)
        InternetChecksum.store(0, &part, at: ip + 10)
        InternetChecksum.store(InternetChecksum.fold(InternetChecksum.sum(part, ip..<tcp)), &part, at: ip + 10)
      }
      let place = sequence &+ UInt32(at - payload)
      InternetChecksum.store(UInt16(place >> 16), &part, at: tcp + 4)
      InternetChecksum.store(UInt16(truncatingIfNeeded: place), &part, at: tcp + 6)
      // FIN and PSH belong to the last, CWR to the first.
      if end < frame.count { part[tcp + 13] &= ~0x09 }
      if index > 0 { part[tcp + 13] &= ~0x80 }
      InternetChecksum.store(0, &part, at: tcp + 16)
      let addresses = isIPv6 ? ip + 8..<ip + 40 : ip + 12..<ip + 20
      let sum =
        InternetChecksum.sum(part, addresses) + UInt64(part.count - tcp) + 6
        + InternetChecksum.sum(part, tcp..<part.count)
      InternetChecksum.store(InternetChecksum.fold(sum), &part, at: tcp + 16)
      body(part)
      at = end
      index &+= 1
    }
  }
}
