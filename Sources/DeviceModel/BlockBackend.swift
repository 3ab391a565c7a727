/// A disk image as devices see it: a fixed number of bytes, read and written at byte offsets.
///
/// Calls return when the work is done. What the host refuses is a result, never an error that a device would have
/// to pass on: the guest hears of it in the way that its device has for a bad medium.
public protocol BlockBackend: AnyObject, HostSide {
  /// Bytes, a multiple of 512; does not change.
  var size: Int64 { get }
  /// Whether writes are refused.
  var isReadOnly: Bool { get }
  /// Fills `target` with the bytes from `offset` on. After a failure its contents mean nothing.
  func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> BlockResult
  /// Fills `target` as `read` does where that takes no longer than copying: the host has the bytes in memory. On any thread,
  /// also while others use the disk.
  ///
  /// - Returns: whether it was so; else `target` means nothing.
  func readAtOnce(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> Bool
  /// Stores `source` from `offset` on. After a failure any part of it may have been stored.
  func write(at offset: Int64, from source: UnsafeRawBufferPointer) -> BlockResult
  /// Makes `count` bytes from `offset` on read as zeros.
  func clear(at offset: Int64, count: Int64) -> BlockResult
  /// Returns when all that was written before survives a crash of the host, as fdatasync(2) has it.
  func flush() -> BlockResult
  /// Lets another process write the disk: what was written is there for it. Nothing is read or written before `acquire`.
  func release() -> BlockResult
  /// Makes the disk this process's again, or for the first time.
  ///
  /// - Returns: why it is not, in words; nil when it is.
  func acquire() -> String?
  /// From now on calls `body` with the bytes of everything that was written or cleared, on the thread that has done it; nil:
  /// no more. One may do so.
  ///
  /// - Returns: whether this kind of disk can.
  func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool
  /// What the disk is recognised by as it is now: whatever is written from now on makes another of it. Nil for a kind that
  /// cannot tell.
  func identity() -> DiskIdentity?
  /// The user has said that the disk may have been written behind the machine's back.
  var acceptsChanges: Bool { get }
  /// Where requests to the disk can be done on another thread, all of them on one; nil where they are done at once. Everything
  /// else here but `read`, `write`, `clear` and `flush` waits for them.
  var queue: DiskQueue? { get }
  /// Where what is written goes.
  var overlay: DiskOverlay { get }
  /// What the disk has over its image at this moment, for another thread that reads it while the disk is written; nil for a
  /// disk that writes its image.
  func freeze() -> (any DiskDelta)?
  /// A place for what the disk shall have over its image instead, where it is at `position` then; nil as for `freeze`, or
  /// where the host has no room.
  func stage(position: UInt64) -> (any StagedDelta)?
  /// The first run of bytes at `offset` or behind it that may not be zero; empty at the end when there is none.
  func data(from offset: Int64) -> Range<Int64>
}

extension BlockBackend {
  /// A disk that does not know what the host has in memory.
  public func readAtOnce(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> Bool { false }

  /// A disk that no other process can write.
  public func release() -> BlockResult { flush() }
  public func acquire() -> String? { nil }

  /// A disk that does not tell.
  public func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool { false }

  /// A disk that cannot be told from others.
  public func identity() -> DiskIdentity? { nil }
  public var acceptsChanges: Bool { false }
  public var queue: DiskQueue? { nil }
  public var overlay: DiskOverlay { .none }
  public func freeze() -> (any DiskDelta)? { nil }
  public func stage(position: UInt64) -> (any StagedDelta)? { nil }

  /// A disk that does not know.
  public func data(from offset: Int64) -> Range<Int64> { min(offset, size)..<size }

  /// Whether `count` bytes at `offset` lie within the disk.
  public func contains(_ offset: Int64, count: Int64) -> Bool {
    offset >= 0 && count >= 0 && count <= size && offset <= size - count
  }

  /// Writes zeros.
  public func clear(at offset: Int64, count: Int64) -> BlockResult { writeZeros(at: offset, count: count) }

  /// Writes `count` zeros from `offset` on.
  public func writeZeros(at offset: Int64, count: Int64) -> BlockResult {
    guard contains(offset, count: count) else { return .outOfRange }
    let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 16)))
    var done: Int64 = 0
    while done < count {
      let part = min(Int64(zeros.count), count - done)
      let result = zeros.withUnsafeBytes {
        write(at: offset + done, from: UnsafeRawBufferPointer(rebasing: $0[..<Int(part)]))
      }
      guard result == .done else { return result }
      done += part
    }
    return .done
  }
}
