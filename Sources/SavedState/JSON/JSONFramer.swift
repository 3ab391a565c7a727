/// Cuts a stream of bytes into JSON objects, which stand back to back with or without white space between them.
///
/// Every byte is looked at once, and what is held is bounded. After bytes that can be no object the stream goes on
/// behind the next line feed.
package struct JSONFramer {
  /// What the stream had next.
  package enum Frame: Equatable {
    /// The bytes of one object: its brackets are in order, the rest is the reader's.
    case object([UInt8])
    /// Something else, and why.
    case malformed(String)
  }

  /// The most bytes of one object.
  package let limit: Int
  /// Bytes that were skipped in the present line.
  package private(set) var skipped = 0
  private let depth: Int
  private var bytes: [UInt8] = []
  /// The brackets that are open.
  private var open: [UInt8] = []
  private var isString = false
  private var isEscaped = false
  private var isSkipping = false

  /// Objects of at most `limit` bytes and `depth` levels.
  package init(limit: Int = 1 << 20, depth: Int = 128) {
    self.limit = limit
    self.depth = depth
  }

  /// Looks at `input` up to the end of the next frame.
  ///
  /// - Returns: how many bytes were used, and the frame if it is complete; without one all were used.
  package mutating func next(_ input: UnsafeRawBufferPointer) -> (used: Int, frame: Frame?) {
    var at = 0
    if isSkipping {
      while at < input.count, input[at] != 0x0a { at += 1 }
      skipped &+= at
      guard at < input.count else { return (at, nil) }
      isSkipping = false
      skipped = 0
    }
    if open.isEmpty {
      while at < input.count, isSpace(input[at]) { at += 1 }
      guard at < input.count else { return (at, nil) }
      guard input[at] == UInt8(ascii: "{") else { return refuse("expected an object", at) }
    }
    let start = at
    let room = limit - bytes.count
    while at < input.count {
      guard at - start < room else { return refuse("more than \(limit) bytes in one message", at) }
      let byte = input[at]
      at += 1
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        } else if byte < 0x20 {
          return refuse("a control character in a string", at - 1)
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < depth else { return refuse("more than \(depth) levels", at) }
        open.append(byte)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        // Brackets of a kind differ by 2 in ASCII.
        guard open.popLast() == byte - 2 else { return refuse("a bracket that closes another kind", at) }
        if open.isEmpty {
          bytes += input[start..<at]
          defer { bytes = [] }
          return (at, .object(bytes))
        }
      default: break
      }
    }
    bytes += input[start..<at]
    return (at, nil)
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

  private mutating func refuse(_ why: String, _ at: Int) -> (Int, Frame?) {
    self = JSONFramer(limit: limit, depth: depth)
    isSkipping = true
    return (at, .malformed(why))
  }
}
