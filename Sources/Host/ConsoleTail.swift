public import DeviceModel

/// A character back end in front of another that remembers the last lines which went through it.
public final class ConsoleTail: CharacterBackend {
  /// The most bytes that are remembered.
  public static let limit = 4096
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  private let inner: any CharacterBackend
  /// All that went through it.
  public let transcript = Transcript()
  /// A ring of what was written, `next` the place of the next byte.
  private var ring = [UInt8](repeating: 0, count: limit)
  private var next = 0
  /// How many bytes of the ring are filled.
  private var count = 0
  /// Whether older bytes have made room for newer ones.
  private var isCut = false

  /// Passes everything on to `inner`, and on to the device what comes from there.
  public init(_ inner: any CharacterBackend) { self.inner = inner }

  /// The last whole lines and what has been begun behind them, at most `limit` bytes of UTF-8. Lines end with a line
  /// feed alone, and what is no UTF-8 is shown as U+FFFD. Setting it forgets what was there.
  public var text: String {
    get {
      let bytes = count < ring.count ? ring[..<count] : ring[next...] + ring[..<next]
      return Self.lastLines(isCut ? Self.afterFirstLine(bytes) : bytes)
    }
    set {
      (next, count, isCut) = (0, 0, false)
      for byte in newValue.utf8 { keep(byte) }
    }
  }

  private static func afterFirstLine(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes.firstIndex(of: newline).map { bytes[($0 + 1)...] } ?? bytes
  }

  /// `bytes` as a text, which may be longer than they are where they are no UTF-8: then what does not fit is left out.
  private static func lastLines(_ bytes: ArraySlice<UInt8>) -> String {
    let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
    guard text.count > limit else { return String(decoding: text, as: UTF8.self) }
    var rest = text.suffix(limit)
    if let end = rest.firstIndex(of: newline), end < rest.endIndex - 1 {
      return String(decoding: rest[(end + 1)...], as: UTF8.self)
    }
    // A single line begins with a whole character.
    while let byte = rest.first, byte & 0xc0 == 0x80 { rest.removeFirst() }
    return String(decoding: rest, as: UTF8.self)
  }

  public func putBack(_ bytes: [UInt8]) { inner.putBack(bytes) }

  private func keep(_ byte: UInt8) {
    let last = next == 0 ? ring.count - 1 : next - 1
    if byte == Self.newline, count > 0, ring[last] == Self.carriageReturn {
      ring[last] = byte
      return
    }
    isCut = isCut || count == ring.count
    ring[next] = byte
    next = next + 1 == ring.count ? 0 : next + 1
    count = min(count + 1, ring.count)
  }

  // MARK: CharacterBackend

  public var hasInput: Bool { inner.hasInput }
  public var onInput: (() -> Void)? {
    get { inner.onInput }
    set { inner.onInput = newValue }
  }
  public var onBreak: (() -> Void)? {
    get { inner.onBreak }
    set { inner.onBreak = newValue }
  }

  public func write(_ byte: UInt8) {
    keep(byte)
    transcript.append(byte)
    inner.write(byte)
  }

  public func read() -> UInt8? { inner.read() }
}
