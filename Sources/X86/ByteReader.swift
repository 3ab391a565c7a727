/// Reads an instruction's bytes and never past their end: what is not there reads as 0 and is remembered.
struct ByteReader {
  let bytes: UnsafePointer<UInt8>
  let limit: Int
  var position = 0
  var isShort = false

  @inline(__always)
  init(_ bytes: UnsafePointer<UInt8>, limit: Int) {
    self.bytes = bytes
    self.limit = limit
  }

  @inline(__always)
  mutating func byte() -> UInt8 {
    guard position < limit else {
      isShort = true
      return 0
    }
    let value = bytes[position]
    position &+= 1
    return value
  }

  @inline(__always)
  mutating func value<W: FixedWidthInteger & BitwiseCopyable>(_: W.Type) -> W {
    let size = W.bitWidth / 8
    guard limit &- position >= size else {
      isShort = true
      return 0
    }
    let value = UnsafeRawPointer(bytes + position).loadUnaligned(as: W.self)
    position &+= size
    return W(littleEndian: value)
  }
}
