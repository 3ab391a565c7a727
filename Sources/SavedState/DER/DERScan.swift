/// A first look over DER that allocates nothing: that every length lies inside its bracket, and that depth and
/// number of values keep to the budget, is known before a tree is built.
enum DERScan {
  static func check(_ bytes: [UInt8], _ budget: DecodingBudget) throws(StateDecodingError) {
    guard bytes.count <= budget.bytes else {
      throw StateDecodingError("DER", at: 0, found: "\(bytes.count) bytes", expected: "at most \(budget.bytes)")
    }
    var ends: [Int] = []
    var at = 0
    var values = 0
    repeat {
      let start = at
      let end = ends.last ?? bytes.count
      values += 1
      guard values <= budget.values else {
        throw StateDecodingError("DER", at: start, found: "more values", expected: "at most \(budget.values)")
      }
      guard end - at >= 2 else {
        throw StateDecodingError("DER", at: start, found: "\(end - at) bytes", expected: "a tag and a length")
      }
      let tag = bytes[at]
      guard tag & 0x1f != 0x1f else {
        throw StateDecodingError("DER", at: start, found: "a long tag", expected: "a tag below 31")
      }
      let first = bytes[at + 1]
      at += 2
      var length = Int(first)
      if first >= 0x80 {
        let count = Int(first & 0x7f)
        guard count >= 1, count <= 7, count <= end - at else {
          throw StateDecodingError("DER", at: start, found: "length byte \(first)", expected: "a definite length")
        }
        length = 0
        for _ in 0..<count {
          length = length << 8 | Int(bytes[at])
          at += 1
        }
      }
      guard length <= end - at else {
        throw StateDecodingError("DER", at: start, found: "length \(length)", expected: "at most \(end - at)")
      }
      if tag & 0x20 != 0 {
        guard ends.count < budget.depth else {
          throw StateDecodingError(
            "DER", at: start, found: "deeper nesting", expected: "at most \(budget.depth) levels")
        }
        ends.append(at + length)
      } else {
        at += length
      }
      while let end = ends.last, at == end { ends.removeLast() }
    } while !ends.isEmpty
    guard at == bytes.count else {
      throw StateDecodingError("DER", at: at, found: "\(bytes.count - at) bytes more", expected: "the end")
    }
  }
}
