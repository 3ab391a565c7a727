import Glibc

/// Frames out of the bytes of a peer that nobody has checked yet.
///
/// Bytes are put into `room`, then `next` is asked until it has nothing. Memory grows with what has come, up to the
/// longest frame that is allowed.
public final class FrameReader {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  /// Bytes before it are done with.
  private var head = 0
  private var end = 0
  private var header: FrameHeader?
  private static let step = 64 << 10

  /// A reader that has seen nothing.
  public init() {
    capacity = Self.step
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  /// Whether a frame has begun and is not whole.
  public var isInside: Bool { head != end }
  /// Bytes of the frame that has begun, as far as is known.
  public var length: Int { header?.length ?? 0 }

  /// Where more bytes go; never empty after `next` has found no frame. `filled` says how many came.
  public var room: UnsafeMutableRawBufferPointer {
    let needed = FrameHeader.size + (header?.length ?? 0)
    if head > 0, capacity - end < Self.step, head == end || capacity - head < needed { shift() }
    if end == capacity {
      // At most twice what has come.
      resize(to: min(max(capacity * 2, Self.step), max(needed, capacity + Self.step)))
    }
    return UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
  }

  /// `count` bytes were put into `room`.
  public func filled(_ count: Int) {
    precondition(count >= 0 && count <= capacity - end, "\(count) bytes more")
    end += count
  }

  /// Takes `bytes` in, for whoever has them already.
  public func take(_ bytes: some Collection<UInt8>) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let room = room
      let part = rest.prefix(room.count)
      room.copyBytes(from: part)
      filled(part.count)
      rest = rest.dropFirst(part.count)
    }
  }

  /// The next frame when all of it is there: its kind and its payload, which is valid until `next` or `room` is asked
  /// again.
  ///
  /// - Throws: `MigrationError` for a frame that is damaged, too long, or of a kind other than those `allowed`.
  public func next(_ allowed: Set<FrameKind>) throws(MigrationError) -> (FrameKind, UnsafeRawBufferPointer)? {
    if header == nil {
      guard end - head >= FrameHeader.size else { return nil }
      let bytes = UnsafeRawBufferPointer(start: base + head, count: FrameHeader.size)
      header = try FrameHeader(bytes, allowed: allowed)
    }
    guard let header, end - head - FrameHeader.size >= header.length else { return nil }
    let payload = UnsafeRawBufferPointer(start: base + head + FrameHeader.size, count: header.length)
    let covered = header.kind.hasTable ? try PageTable.covered(payload) : payload
    guard header.fits(covered) else { throw MigrationError("\(header.kind.name) came damaged: its checksum is wrong") }
    head += FrameHeader.size + header.length
    self.header = nil
    return (header.kind, payload)
  }

  private func shift() {
    memmove(base, base + head, end - head)
    end -= head
    head = 0
  }

  private func resize(to size: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    bytes.copyMemory(from: base + head, byteCount: end - head)
    base.deallocate()
    base = bytes
    capacity = size
    end -= head
    head = 0
  }
}
