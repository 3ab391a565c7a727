import Glibc

/// Reads DER from bytes that nobody has checked: one value after the other, each in the one form that X.690 clause 10
/// allows, none of it outside of its bracket, and no more than the budget.
///
/// A machine's guest stands still while its state is read, and a general parser's nodes cost five times as much as the
/// tree.
struct DERReader {
  private let bytes: UnsafeRawBufferPointer
  private let budget: DecodingBudget
  private var at = 0
  /// Where the value ends whose parts are read.
  private var end: Int
  private var depth = 0
  private var values = 0

  init(_ bytes: UnsafeRawBufferPointer, budget: DecodingBudget) throws(StateDecodingError) {
    self.bytes = bytes
    self.budget = budget
    end = bytes.count
    guard bytes.count <= budget.bytes else {
      throw refusal(at: 0, "\(bytes.count) bytes", "at most \(budget.bytes)")
    }
  }

  /// What is wrong at the byte `place`, by default where it reads.
  func refusal(at place: Int? = nil, _ found: String, _ expected: String) -> StateDecodingError {
    StateDecodingError("DER", at: place ?? at, found: found, expected: expected)
  }

  /// The next value's identifier; nil at the end of the bracket.
  var tag: UInt8? { at < end ? bytes[at] : nil }

  /// What comes next, in words.
  var ahead: String { tag.map { "tag \($0)" } ?? "the end" }

  /// Identifier and length of the next value, which is one of `tag`.
  private mutating func header(_ tag: UInt8, _ expected: String) throws(StateDecodingError) -> Int {
    values += 1
    guard values <= budget.values else { throw refusal("more values", "at most \(budget.values)") }
    guard self.tag == tag else { throw refusal(ahead, expected) }
    let start = at
    guard end - at >= 2 else { throw refusal("\(end - at) bytes", "a tag and a length") }
    var length = Int(bytes[at + 1])
    at += 2
    if length >= 0x80 {
      let count = length & 0x7f
      guard count >= 1, count <= 7, count <= end - at else {
        throw refusal(at: start, "length byte \(length)", "a definite length")
      }
      length = 0
      for byte in bytes[at..<at + count] { length = length << 8 | Int(byte) }
      guard length >= 0x80, length >> ((count - 1) * 8) != 0 else {
        throw refusal(at: start, "a length in \(count) bytes", "the fewest bytes")
      }
      at += count
    }
    guard length <= end - at else { throw refusal(at: start, "length \(length)", "at most \(end - at)") }
    return length
  }

  /// The contents of a primitive value.
  private mutating func content(_ tag: UInt8, _ expected: String) throws(StateDecodingError) -> UnsafeRawBufferPointer {
    let length = try header(tag, expected)
    defer { at += length }
    return UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])
  }

  /// Reads the parts of a constructed value, which are all that is in it.
  mutating func within<T>(
    _ tag: UInt8, _ expected: String, _ body: (inout DERReader) throws(StateDecodingError) -> T
  ) throws(StateDecodingError) -> T {
    guard depth < budget.depth else { throw refusal("deeper nesting", "at most \(budget.depth) levels") }
    let length = try header(tag, expected)
    let outer = end
    end = at + length
    depth += 1
    let result = try body(&self)
    try finish()
    depth -= 1
    end = outer
    return result
  }

  /// Nothing more is there.
  func finish() throws(StateDecodingError) {
    guard at == end else { throw refusal("\(end - at) bytes more", "the end") }
  }

  /// Reads a SET OF, whose elements ascend by their bytes (11.6).
  mutating func set<T>(
    of read: (inout DERReader) throws(StateDecodingError) -> T
  ) throws(StateDecodingError) -> [T] {
    try within(DERTag.set, "a set") { reader throws(StateDecodingError) in
      var elements: [T] = []
      var last = reader.at..<reader.at
      while reader.tag != nil {
        let start = reader.at
        elements.append(try read(&reader))
        let element = start..<reader.at
        guard reader.order(last, element) <= 0 else {
          throw reader.refusal(at: start, "a set out of order", "its elements ascending")
        }
        last = element
      }
      return elements
    }
  }

  /// How two whole encodings compare. Neither is the beginning of the other.
  private func order(_ a: Range<Int>, _ b: Range<Int>) -> Int32 {
    guard let base = bytes.baseAddress else { return 0 }
    return memcmp(base + a.lowerBound, base + b.lowerBound, min(a.count, b.count))
  }

  // MARK: Primitives

  mutating func octets() throws(StateDecodingError) -> [UInt8] {
    try [UInt8](content(DERTag.octetString, "an OCTET STRING"))
  }

  /// TRUE is all ones (11.1).
  mutating func bool() throws(StateDecodingError) -> Bool {
    let start = at
    let octets = try content(DERTag.boolean, "a BOOLEAN")
    guard octets.count == 1, octets[0] == 0 || octets[0] == 0xff else {
      throw refusal(at: start, "a BOOLEAN that is neither 0 nor 255", "one byte that is")
    }
    return octets[0] != 0
  }

  mutating func text() throws(StateDecodingError) -> String {
    let start = at
    let octets = try content(DERTag.utf8String, "a UTF8String")
    guard let text = String(validating: octets, as: UTF8.self) else {
      throw refusal(at: start, "bytes that are no UTF-8", "a UTF8String")
    }
    return text
  }

  mutating func name() throws(StateDecodingError) -> String {
    let start = at
    let name = try text()
    guard StateName.isValid(name) else { throw refusal(at: start, "\"\(name.prefix(40))\"", "a name") }
    return name
  }

  /// A number of at most 64 bits in the fewest bytes (8.3.2): an INTEGER or an ENUMERATED.
  mutating func integer(_ tag: UInt8 = DERTag.integer) throws(StateDecodingError) -> Int128 {
    let start = at
    let octets = try content(tag, "an integer")
    guard let first = octets.first, octets.count <= 9 else {
      throw refusal(at: start, "\(octets.count) bytes", "an integer of 1 to 9 bytes")
    }
    var number: Int128 = first & 0x80 != 0 ? -1 : 0
    for octet in octets { number = number << 8 | Int128(octet) }
    if octets.count > 1 {
      let rest = number >> Int128(octets.count * 8 - 9)
      guard rest != 0, rest != -1 else { throw refusal(at: start, "a padded integer", "the fewest bytes") }
    }
    guard StateValue.integers.contains(number) else { throw refusal(at: start, "\(number)", "\(StateValue.integers)") }
    return number
  }

  /// A version: 1 to 2^31 - 1.
  mutating func version() throws(StateDecodingError) -> Int {
    let start = at
    let number = try integer()
    guard number >= 1, number <= Int128(Int32.max) else {
      throw refusal(at: start, "version \(number)", "1 or more")
    }
    return Int(number)
  }
}
