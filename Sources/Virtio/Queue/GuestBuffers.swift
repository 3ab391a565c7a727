public import GuestMemory

/// Pieces of guest memory that are one run of bytes to a device.
public struct GuestBuffers {
  /// One piece.
  public struct Piece {
    /// Where it begins.
    public let address: UInt64
    /// Bytes, at least 1.
    public let count: Int
  }

  /// In their order.
  public private(set) var pieces: [Piece] = []
  /// Bytes in all of them, less than 4 GiB.
  public private(set) var count = 0

  /// None.
  public init() {}

  mutating func append(_ address: UInt64, _ count: Int) {
    guard count > 0 else { return }
    pieces.append(Piece(address: address, count: count))
    self.count += count
  }

  /// Calls `body` with each piece, or part of one, of the `count` bytes from `offset` on, as far as there are any, and
  /// how many bytes came before it.
  private func walk(_ offset: Int, _ count: Int, _ body: (_ address: UInt64, _ count: Int, _ before: Int) -> Void) {
    var skip = offset
    var before = 0
    for piece in pieces where before < count {
      guard skip < piece.count else {
        skip -= piece.count
        continue
      }
      let part = min(piece.count - skip, count - before)
      body(piece.address + UInt64(skip), part, before)
      before += part
      skip = 0
    }
  }

  /// Copies bytes from `offset` on into `target`.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public func read(_ memory: AddressSpace, at offset: Int = 0, into target: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    walk(offset, target.count) { address, count, before in
      memory.copyOut(address, into: UnsafeMutableRawBufferPointer(rebasing: target[before..<before + count]))
      done = before + count
    }
    return done
  }

  /// Copies `source` to `offset` and on.
  ///
  /// - Returns: how much of it there was room for.
  @discardableResult
  public func write(_ memory: AddressSpace, at offset: Int = 0, from source: UnsafeRawBufferPointer) -> Int {
    var done = 0
    walk(offset, source.count) { address, count, before in
      memory.copyIn(address, from: UnsafeRawBufferPointer(rebasing: source[before..<before + count]))
      done = before + count
    }
    return done
  }

  /// At most `count` bytes from `offset` on.
  public func bytes(_ memory: AddressSpace, at offset: Int = 0, count: Int) -> [UInt8] {
    let room = max(0, min(count, self.count - offset))
    return [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      filled = read(memory, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// The same as `write(_:at:from:)`.
  @discardableResult
  public func write(_ memory: AddressSpace, at offset: Int = 0, _ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { write(memory, at: offset, from: $0) }
  }

  /// The little-endian number of `T` at `offset`; 0 for bytes that are not there.
  public func number<T: FixedWidthInteger>(_ memory: AddressSpace, at offset: Int, as _: T.Type = T.self) -> T {
    bytes(memory, at: offset, count: MemoryLayout<T>.size).reversed().reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
  }

  /// The buffers without their first `count` bytes.
  public func dropping(_ count: Int) -> GuestBuffers {
    var rest = GuestBuffers()
    walk(count, max(0, self.count - count)) { address, count, _ in rest.append(address, count) }
    return rest
  }

  /// The first `count` bytes of the buffers.
  public func prefix(_ count: Int) -> GuestBuffers {
    var first = GuestBuffers()
    walk(0, count) { address, count, _ in first.append(address, count) }
    return first
  }
}
