/// Users and their keys, as GnuTLS's psktool writes them: a line `NAME:KEY` for each, KEY in hexadecimal.
struct TLSSecrets: Sendable {
  /// Where they were read.
  let path: String
  private let keys: [String: [UInt8]]

  /// Bytes of a key: who heard a handshake can try all of the shorter ones, and OpenSSL takes no longer ones.
  private static let sizes = 16...512

  /// Reads the file at `path`; `what` is what it is for.
  init(_ path: String, what: String) throws(HostError) {
    self.path = path
    let bytes: [UInt8]
    do throws(HostError) {
      bytes = try HostFile.read(path, what: what, limit: 1 << 20)
    } catch {
      throw HostFile.exists(path)
        ? error : HostError("\(error); echo qemu:$(openssl rand -hex 32) makes one, which both sides need")
    }
    var keys: [String: [UInt8]] = [:]
    for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
      func refusal(_ text: String) -> HostError { HostError("\(what) \(path): line \(index + 1): \(text)") }
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty { continue }
      guard let colon = line.lastIndex(of: 0x3a), colon > line.startIndex,
        let name = String(validating: line[..<colon], as: UTF8.self),
        let key = Self.bytes(line[line.index(after: colon)...])
      else { throw refusal("expected NAME:KEY with KEY in hexadecimal, as psktool writes it") }
      guard Self.sizes.contains(key.count) else {
        throw refusal(
          "the key of \(String(reflecting: name)) has \(key.count) bytes; expected \(Self.sizes.lowerBound) to "
            + "\(Self.sizes.upperBound)")
      }
      guard keys.updateValue(key, forKey: name) == nil else {
        throw refusal("\(String(reflecting: name)) is there twice")
      }
    }
    guard !keys.isEmpty else { throw HostError("\(what) \(path): there are no keys in it") }
    self.keys = keys
  }

  private static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in text {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x41...0x46: value = digit - 0x41 + 10
      case 0x61...0x66: value = digit - 0x61 + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }

  /// The key of `user`, who may be anybody.
  subscript(user: String) -> [UInt8]? { keys[user] }
}
