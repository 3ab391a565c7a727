/// Packets about memory.
extension GDBServer {
  /// How much one packet may search or sum up.
  private static let scanLimit: UInt64 = 64 << 20
  /// How much of that is looked at in one piece.
  private static let scanPiece = 1 << 16

  private var memory: GDBMemory {
    guard session?.isPhysical != true else { return GDBMemory(memory: machine.memory, cpu: nil, last: .max) }
    return GDBMemory(memory: machine.memory, cpu: cpu, last: target.lastAddress)
  }

  func readMemory(_ arguments: GDBScanner, binary: Bool) -> [UInt8] {
    var arguments = arguments
    guard let (address, length) = arguments.pair(), arguments.isAtEnd else { return Self.invalid }
    // GDB asks again for what an answer was too short for.
    let count = Int(min(length, UInt64(GDBSession.packetSize / 2 - 1)))
    let bytes = memory.read(address, count: count)
    if bytes.isEmpty, count > 0 { return Self.fault }
    return binary ? [UInt8(ascii: "b")] + GDBText.escaped(bytes) : GDBText.hex(bytes)
  }

  func writeMemory(_ arguments: GDBScanner, binary: Bool) -> [UInt8] {
    var arguments = arguments
    guard let (address, length) = arguments.pair(), arguments.take(":"),
      let bytes = binary ? Array(arguments.rest) : GDBText.bytes(arguments.rest), UInt64(bytes.count) == length
    else { return Self.invalid }
    return memory.write(address, bytes[...]) ? Self.ok : Self.fault
  }

  /// `qCRC:ADDRESS,LENGTH`: the sum that `compare-sections` compares.
  func sum(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    guard let (address, length) = arguments.pair(), arguments.isAtEnd, length <= Self.scanLimit else {
      return Self.invalid
    }
    var sum: UInt32 = 0xffff_ffff
    let isWhole = scan(address, Int(length), overlap: 0) { _, bytes in
      for byte in bytes { sum = sum << 8 ^ Self.sums[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)] }
      return true
    }
    return isWhole ? Array("C\(GDBText.hex(UInt64(sum)))".utf8) : Self.fault
  }

  /// CRC-32 with 0x04c11db7, highest bit first, of each byte.
  private static let sums: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte) << 24) { sum, _ in sum << 1 ^ (sum >> 31 == 1 ? 0x04c1_1db7 : 0) }
  }

  /// `qSearch:memory:ADDRESS;LENGTH;PATTERN`: where the pattern is first.
  func search(_ arguments: GDBScanner) -> [UInt8] {
    var arguments = arguments
    guard let (address, length) = arguments.pair(";"), arguments.take(";"), length <= Self.scanLimit,
      !arguments.isAtEnd
    else { return Self.invalid }
    let pattern = Array(arguments.rest)
    guard UInt64(pattern.count) <= length else { return Array("0".utf8) }
    var found: UInt64?
    let isWhole = scan(address, Int(length), overlap: pattern.count - 1) { start, bytes in
      if let index = Self.index(of: pattern, in: bytes) { found = start &+ UInt64(index) }
      return found == nil
    }
    if let found { return Array("1,\(GDBText.hex(found))".utf8) }
    return isWhole ? Array("0".utf8) : Self.fault
  }

  private static func index(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    guard let first = pattern.first, bytes.count >= pattern.count else { return nil }
    var at = 0
    while at <= bytes.count - pattern.count {
      guard let next = bytes[at...(bytes.count - pattern.count)].firstIndex(of: first) else { return nil }
      if bytes[next..<next + pattern.count].elementsEqual(pattern) { return next }
      at = next + 1
    }
    return nil
  }

  /// Gives `count` bytes from `address` on to `body` in pieces that overlap, until it says false.
  ///
  /// - Returns: whether all of them were there to be read.
  private func scan(
    _ address: UInt64, _ count: Int, overlap: Int, _ body: (_ address: UInt64, _ bytes: [UInt8]) -> Bool
  ) -> Bool {
    let memory = self.memory
    var at = address
    var left = count
    while left > 0 {
      let size = min(left, Self.scanPiece + overlap)
      let bytes = memory.read(at, count: size)
      guard body(at, bytes) else { return true }
      guard bytes.count == size else { return false }
      if size == left { return true }
      at &+= UInt64(size - overlap)
      left -= size - overlap
    }
    return true
  }
}
