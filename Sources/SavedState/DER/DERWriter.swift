/// Writes DER (X.690 clause 10).
struct DERWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func primitive(_ tag: UInt8, _ content: some Collection<UInt8>) {
    constructed(tag) { $0.bytes.append(contentsOf: content) }
  }

  /// Writes a value whose contents `body` writes.
  mutating func constructed(_ tag: UInt8, _ body: (inout DERWriter) -> Void) {
    bytes.append(tag)
    bytes.append(0)
    let start = bytes.count
    body(&self)
    let length = bytes.count - start
    guard length >= 0x80 else {
      bytes[start - 1] = UInt8(length)
      return
    }
    // How long the length is shows only now.
    let count = (Int.bitWidth - length.leadingZeroBitCount + 7) / 8
    bytes[start - 1] = 0x80 | UInt8(count)
    bytes.insert(contentsOf: (0..<count).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }, at: start)
  }

  /// Writes a SET OF: its elements ascend by their bytes (11.6).
  mutating func set<T>(of elements: [T], _ write: (inout DERWriter, T) -> Void) {
    constructed(DERTag.set) { writer in
      let start = writer.bytes.count
      var places: [Range<Int>] = []
      places.reserveCapacity(elements.count)
      for element in elements {
        let first = writer.bytes.count - start
        write(&writer, element)
        places.append(first..<writer.bytes.count - start)
      }
      let written = writer.bytes[start...]
      func isBefore(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        written[start + a.lowerBound..<start + a.upperBound]
          .lexicographicallyPrecedes(written[start + b.lowerBound..<start + b.upperBound])
      }
      guard zip(places, places.dropFirst()).contains(where: { isBefore($1, $0) }) else { return }
      places.sort(by: isBefore)
      let ordered = places.flatMap { written[start + $0.lowerBound..<start + $0.upperBound] }
      writer.bytes.replaceSubrange(start..., with: ordered)
    }
  }

  // MARK: Primitives

  mutating func text(_ text: String) { primitive(DERTag.utf8String, text.utf8) }

  mutating func octets(_ octets: [UInt8]) { primitive(DERTag.octetString, octets) }

  mutating func bool(_ flag: Bool) { primitive(DERTag.boolean, CollectionOfOne(flag ? 0xff : 0)) }

  /// Two's complement in the fewest bytes (8.3.2): an INTEGER or an ENUMERATED.
  mutating func integer(_ number: Int128, _ tag: UInt8 = DERTag.integer) {
    precondition(StateValue.integers.contains(number), "\(number) does not fit 64 bits")
    var count = 1
    while count < 9, number >> Int128(count * 8 - 1) != (number < 0 ? -1 : 0) { count += 1 }
    primitive(tag, (0..<count).reversed().lazy.map { UInt8(truncatingIfNeeded: number >> Int128($0 * 8)) })
  }
}
