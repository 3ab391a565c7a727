/// Takes the bytes of a GDB client apart ("Overview" in the remote protocol's appendix of GDB's manual):
/// `$` data `#` checksum, with `}` before a byte that was changed by 0x20, and single bytes between packets.
struct GDBPacketReader {
  /// What a client has sent.
  enum Event: Equatable {
    /// A packet's data, with the escapes resolved.
    case packet([UInt8])
    /// A packet whose checksum does not fit.
    case damaged
    /// A whole packet that was longer than `limit`; its data is gone.
    case tooLong
    /// 0x03: stop the guest.
    case interrupt
    /// `+`.
    case acknowledged
    /// `-`: the last packet did not arrive well.
    case refused
  }

  private enum Place {
    case between
    case data(escaped: Bool)
    case checksum
    case lastDigit(UInt8?)
  }

  /// How many bytes of data a packet may have.
  let limit: Int
  private var place = Place.between
  private var data: [UInt8] = []
  private var isTooLong = false
  private var sum: UInt8 = 0

  init(limit: Int) { self.limit = limit }

  /// What is complete with this byte.
  mutating func take(_ byte: UInt8) -> Event? {
    switch place {
    case .between:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "+"): return .acknowledged
      case UInt8(ascii: "-"): return .refused
      case 0x03: return .interrupt
      default: break
      }
    case .data(let escaped):
      // Neither mark is ever part of the data, escaped or not: a packet that was cut off ends at the next one.
      if byte == UInt8(ascii: "$") {
        begin()
        return nil
      }
      if byte == UInt8(ascii: "#") {
        place = .checksum
        return nil
      }
      sum &+= byte
      if !escaped, byte == UInt8(ascii: "}") {
        place = .data(escaped: true)
        return nil
      }
      if data.count < limit { data.append(escaped ? byte ^ 0x20 : byte) } else { isTooLong = true }
      place = .data(escaped: false)
    case .checksum: place = .lastDigit(GDBText.digit(byte))
    case .lastDigit(let high):
      place = .between
      defer { data = [] }
      guard let high, let low = GDBText.digit(byte), high << 4 | low == sum else { return .damaged }
      return isTooLong ? .tooLong : .packet(data)
    }
    return nil
  }

  private mutating func begin() {
    place = .data(escaped: false)
    data = []
    isTooLong = false
    sum = 0
  }
}
