import DeviceModel

@testable import Host

/// A guest at a network's end, whose protocols are made by hand: addresses as the DHCP server gives them.
final class TestGuest {
  let poller: Poller
  let end: NetworkEnd
  /// What has come in.
  private(set) var frames: [[UInt8]] = []
  /// Frames that it takes before it has no more room.
  var room = Int.max
  let own: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, 0x56]
  var router: [UInt8] = [0x52, 0x55, 10, 0, 2, 2]
  let address: [UInt8] = [10, 0, 2, 15]

  init(_ end: NetworkEnd, _ poller: Poller) {
    self.end = end
    self.poller = poller
    end.onFrame = { [unowned self] frame in
      guard room > 0 else { return false }
      room -= 1
      frames.append(frame)
      return true
    }
  }

  /// Waits for a frame that `wanted` takes, and answers who asks for its address; nil when none comes.
  func wait(for wanted: ([UInt8]) -> Bool) -> [UInt8]? {
    for _ in 0..<500 {
      while !frames.isEmpty {
        let frame = frames.removeFirst()
        answer(frame)
        if wanted(frame) { return frame }
      }
      poller.poll(timeout: 10_000_000)
    }
    return nil
  }

  /// The answer of RFC 826.
  private func answer(_ frame: [UInt8]) {
    guard frame.count >= 42, frame[12..<14] == [8, 6], frame[21] == 1, Array(frame[38..<42]) == address else { return }
    let peer = Array(frame[6..<12])
    end.send(peer + own + [8, 6, 0, 1, 8, 0, 6, 4, 0, 2] + own + address + peer + Array(frame[28..<32]))
  }

  // MARK: Frames

  static func sum(_ bytes: [UInt8]) -> UInt16 {
    var sum = bytes.enumerated().reduce(0 as UInt32) { $0 + UInt32($1.element) << ($1.offset & 1 == 0 ? 8 : 0) }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  static func half(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xff), UInt8(value & 0xff)] }
  static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> UInt32(24 - 8 * $0) & 0xff) } }
  static func number(_ frame: [UInt8], _ range: Range<Int>) -> UInt32 {
    frame[range].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// An IPv4 packet from `source` to `target`.
  func packet(_ protocolNumber: UInt8, from source: [UInt8], to target: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    var header: [UInt8] = [0x45, 0] + Self.half(20 + payload.count) + [0, 1, 0x40, 0, 64, protocolNumber, 0, 0]
    header += source + target
    header.replaceSubrange(10..<12, with: Self.half(Int(Self.sum(header))))
    return (target == [255, 255, 255, 255] ? [UInt8](repeating: 255, count: 6) : router) + own + [8, 0] + header
      + payload
  }

  /// A UDP packet.
  func datagram(from source: [UInt8], _ port: Int, to target: [UInt8], _ targetPort: Int, _ data: [UInt8]) -> [UInt8] {
    packet(
      17, from: source, to: target, Self.half(port) + Self.half(targetPort) + Self.half(8 + data.count) + [0, 0] + data)
  }

  /// A TCP segment that answers `frame`, with `data` of its own.
  func segment(answering frame: [UInt8], sequence: UInt32, flags: UInt8, _ data: [UInt8] = []) -> [UInt8] {
    let end = 14 + Int(Self.number(frame, 16..<18))
    let length = UInt32(end - 34 - Int(frame[46] >> 4) * 4) + (frame[47] & 3 != 0 ? 1 : 0)
    return segment(
      ports: Array(frame[36..<38]) + Array(frame[34..<36]), to: Array(frame[26..<30]), sequence: sequence,
      acknowledged: Self.number(frame, 38..<42) &+ length, flags: flags, data)
  }

  func segment(
    ports: [UInt8], to target: [UInt8], sequence: UInt32, acknowledged: UInt32, flags: UInt8, _ data: [UInt8] = []
  ) -> [UInt8] {
    var segment = ports + Self.word(sequence) + Self.word(acknowledged) + [0x50, flags, 0x40, 0, 0, 0, 0, 0] + data
    let pseudo = address + target + [0, 6] + Self.half(segment.count)
    segment.replaceSubrange(16..<18, with: Self.half(Int(Self.sum(pseudo + segment))))
    return packet(6, from: address, to: target, segment)
  }

  static func isTCP(_ frame: [UInt8]) -> Bool { frame.count >= 54 && frame[12..<14] == [8, 0] && frame[23] == 6 }
  static func isUDP(_ frame: [UInt8]) -> Bool { frame.count >= 42 && frame[12..<14] == [8, 0] && frame[23] == 17 }

  /// A DHCP message of that type (RFC 2131, RFC 2132).
  func dhcp(_ type: UInt8, _ options: [UInt8] = [], of client: [UInt8]? = nil) -> [UInt8] {
    var message: [UInt8] = [1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78] + [UInt8](repeating: 0, count: 20) + (client ?? own)
    message += [UInt8](repeating: 0, count: 202) + [99, 130, 83, 99, 53, 1, type] + options + [255]
    return datagram(
      from: [0, 0, 0, 0], 68, to: [255, 255, 255, 255], 67,
      message + [UInt8](repeating: 0, count: max(0, 300 - message.count)))
  }

  /// Option `number` of a DHCP message in a frame.
  static func option(_ number: UInt8, of frame: [UInt8]) -> [UInt8]? {
    var at = 42 + 240
    while at + 1 < frame.count, frame[at] != 255 {
      if frame[at] == 0 {
        at += 1
        continue
      }
      let end = at + 2 + Int(frame[at + 1])
      guard end <= frame.count else { return nil }
      if frame[at] == number { return Array(frame[at + 2..<end]) }
      at = end
    }
    return nil
  }
}
