/// What stands before each frame in a network device's buffers (Virtual I/O Device 1.2, 5.1.6).
struct NetHeader {
  /// Bits of the flags.
  enum Flag {
    static let needsChecksum: UInt8 = 1
    static let dataValid: UInt8 = 2
  }

  /// Values of the segmentation type.
  enum Segmentation {
    static let none: UInt8 = 0
    static let tcp4: UInt8 = 1
    static let tcp6: UInt8 = 4
    /// A bit beside them.
    static let congestion: UInt8 = 0x80
  }

  var flags: UInt8 = 0
  var segmentation = Segmentation.none
  /// Bytes of all headers; a hint.
  var headerLength: UInt16 = 0
  /// Bytes of a segment's payload.
  var segmentSize: UInt16 = 0
  var checksumStart: UInt16 = 0
  /// Counted from `checksumStart`.
  var checksumOffset: UInt16 = 0
  /// How many buffers a frame has.
  var buffers: UInt16 = 0

  init() {}

  /// The header that `bytes` begin with, of which there are 10.
  init(_ bytes: [UInt8]) {
    func half(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
    (flags, segmentation) = (bytes[0], bytes[1])
    (headerLength, segmentSize, checksumStart, checksumOffset) = (half(2), half(4), half(6), half(8))
  }

  /// Its first `count` bytes, 10 or 12.
  func bytes(_ count: Int) -> [UInt8] {
    let halves = [headerLength, segmentSize, checksumStart, checksumOffset, buffers]
    return Array(
      ([flags, segmentation] + halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })[..<count])
  }
}
