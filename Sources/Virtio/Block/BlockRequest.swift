import DeviceModel

/// What a chain of a block device's queue asks of its disk (Virtual I/O Device 1.2, 5.2.6).
struct BlockRequest {
  enum Kind {
    case read, write, flush, clear
    /// There is nothing to be done for it: what it gets is known.
    case answer(VirtioBlock.Status, [UInt8])
  }

  let kind: Kind
  /// Where on the disk.
  var offset: Int64 = 0
  /// How many bytes.
  var count = 0
  /// What it has changed has to survive a crash of the host before its driver hears of it.
  var isThrough = false

  /// Bytes that pass through a buffer.
  var transferred: Int {
    switch kind {
    case .read, .write: count
    default: 0
    }
  }

  /// How long it takes on a machine whose clock does not depend on the host, in nanoseconds: that of a fast disk.
  var duration: Int64 {
    switch kind {
    case .read, .write: 10_000 + Int64(count) / 8 + (isThrough ? 50_000 : 0)
    case .flush: 50_000
    case .clear: 20_000
    case .answer: 1_000
    }
  }

  /// Does it; `buffer` has what is written, or gets what is read. On any thread, one at a time.
  func carryOut(_ disk: any BlockBackend, _ buffer: UnsafeMutableRawBufferPointer) -> BlockResult {
    let result: BlockResult
    switch kind {
    case .read: return disk.read(at: offset, into: buffer)
    case .write: result = disk.write(at: offset, from: UnsafeRawBufferPointer(buffer))
    case .clear: result = disk.clear(at: offset, count: Int64(count))
    case .flush: return disk.flush()
    case .answer: return .done
    }
    return result == .done && isThrough ? disk.flush() : result
  }
}
