public import SavedState

/// Requests that a hostile driver makes: some of them would be in order.
public enum HostileRequests {
  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
  }

  /// For a block device with 512 sectors.
  public static func block(_ random: inout SplitMix64) -> [UInt8] {
    let type = UInt32([0, 0, 1, 1, 4, 8, 11, 13, 99].randomElement(using: &random) ?? 0)
    let sector = random.next() % 8 == 0 ? random.next() : random.next() % 520
    var request = bytes([type, 0, UInt32(truncatingIfNeeded: sector), UInt32(truncatingIfNeeded: sector >> 32)])
    switch type {
    case 1:
      request += [UInt8](
        repeating: UInt8(sector & 0xff), count: [0, 512, 1024, 100].randomElement(using: &random) ?? 0)
    case 11, 13:
      request += bytes([UInt32(sector & 0x3ff), 0, UInt32(random.next() % 20), UInt32(random.next() % 8 / 7)])
    default: break
    }
    return request
  }

  /// For a GPU.
  public static func gpu(_ random: inout SplitMix64) -> [UInt8] {
    let id = UInt32(random.next() % 4)
    let side = UInt32([0, 1, 63, 64, 65, 200].randomElement(using: &random) ?? 64)
    let address = UInt32(0x80_0000 + random.next() % 0x10_0000)
    let words: [UInt32] =
      switch random.next() % 9 {
      case 0: [0x101, id, [1, 2, 67, 5].randomElement(using: &random) ?? 1, side, side]
      case 1: [0x106, id, 2, address, 0, UInt32(random.next() % 40000), 0, address + 4096, 0, 40000, 0]
      case 2: [0x103, 0, 0, side, side, UInt32(random.next() % 8 / 7), id]
      case 3, 4: [0x105, UInt32(random.next() % 8), 0, side, side, UInt32(random.next() % 5000), 0, id, 0]
      case 5: [0x104, 0, 0, side, side, id, 0]
      case 6: [[0x102, 0x107].randomElement(using: &random) ?? 0x102, id, 0]
      case 7: [[0x300, 0x301].randomElement(using: &random) ?? 0x300, 0, side, side, 0, id, 3, 4, 0]
      default: [0x100 + UInt32(random.next() % 12), id, side, UInt32(truncatingIfNeeded: random.next())]
      }
    return bytes([words[0], UInt32(random.next() & 1), 7, 0, 0, 0] + words.dropFirst())
  }

  /// For a balloon: pages, most of them of the heap that nobody else uses, or statistics.
  public static func balloon(_ random: inout SplitMix64) -> [UInt8] {
    if random.next() % 4 == 0 {
      return (0..<10).flatMap { tag in [UInt8(tag), 0] + (0..<8).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
    }
    let first = 0xf00 + random.next() % 0x80
    return bytes((0..<random.next() % 20).map { UInt32(truncatingIfNeeded: first + $0 + random.next() % 16 / 15 * 7) })
  }

  /// For a serial device: messages, or bytes.
  public static func serial(_ random: inout SplitMix64) -> [UInt8] {
    random.next() % 3 == 0
      ? bytes([UInt32(random.next() % 9), UInt32(random.next() % 9) | UInt32(random.next() & 1) << 16])
      : (0..<random.next() % 40).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// For a network device: commands, or frames with a header.
  public static func net(_ random: inout SplitMix64) -> [UInt8] {
    guard random.next() & 1 == 0 else {
      let group = UInt8(random.next() % 6)
      let tables = bytes([1]) + [1, 2, 3, 4, 5, 6] + bytes([UInt32(random.next() % 70)])
      return [group, UInt8(random.next() % 6)]
        + (group == 1 ? tables : (0..<random.next() % 8).map { _ in UInt8(truncatingIfNeeded: random.next() >> 7) })
        + [UInt8](repeating: 0x33, count: group == 1 ? Int(random.next() % 70) * 6 : 0)
    }
    let flags = UInt8(random.next() & 3)
    let segments = UInt8([0, 0, 0, 1, 3, 4, 0x81].randomElement(using: &random) ?? 0)
    let halves = (0..<4).flatMap { _ in [UInt8(random.next() % 80), UInt8(random.next() % 64 / 63)] }
    return [flags, segments] + halves + [0, 0] + netFrame(&random)
  }

  /// A frame as one may come from a network; some are TCP.
  public static func netFrame(_ random: inout SplitMix64) -> [UInt8] {
    let place: [UInt8] = [0x52, 0x54, 0, 0x12, 0x34, UInt8(0x56 + random.next() % 4 / 3)]
    let group: [UInt8] =
      random.next() & 1 == 0 ? [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] : [0x33, 0x33, 0x33, 0x33, 0x33, 0x33]
    let kind: [UInt8] = random.next() % 4 == 0 ? [0x81, 0, 0, UInt8(random.next() % 8)] : [8, 0, 0x45, 0]
    let count = Int([0, 20, 46, 200, 1500, 9000].randomElement(using: &random) ?? 46)
    return (random.next() % 3 == 0 ? group : place) + [2, 0, 0, 0, 0, 1] + kind
      + (0..<count).map { index in index == 7 ? 6 : UInt8(truncatingIfNeeded: index &* 3) }
  }

  /// For an input device: lamps.
  public static func input(_ random: inout SplitMix64) -> [UInt8] {
    bytes([17 | UInt32(random.next() % 20) << 16, UInt32(random.next() & 1)])
  }

  /// For an entropy device, which wants nothing to read.
  public static func entropy(_ random: inout SplitMix64) -> [UInt8] { random.next() % 8 == 0 ? [1] : [] }
}
