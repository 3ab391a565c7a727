extension AddressSpace {
  /// Fills `target` with guest memory from `address` on, as a device's DMA reads it; what is not RAM or ROM
  /// is read byte by byte.
  ///
  /// - Returns: false when part of it is lost (`RAMBlock.onLoss` has been told) and zeros stand there: the machine
  ///   stops, and nothing that was read may have an effect outside.
  @discardableResult
  public func copyOut(_ address: UInt64, into target: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    var isWhole = true
    while done < target.count {
      let at = address &+ UInt64(done)
      if let (block, offset, room) = memory(at, writing: false) {
        let count = min(room, target.count - done)
        let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
        if let source = block.readable(offset, count: count) {
          part.copyMemory(from: UnsafeRawBufferPointer(start: source, count: count))
        } else {
          part.initializeMemory(as: UInt8.self, repeating: 0)
          isWhole = false
        }
        done += count
      } else {
        target[done] = UInt8(truncatingIfNeeded: read(at, width: 1))
        done += 1
      }
    }
    return isWhole
  }

  /// Copies `source` into guest memory at `address`: pages are marked dirty, decoded code is told.
  ///
  /// - Returns: false when part of the memory is lost (`RAMBlock.onLoss` has been told) and was not written.
  @discardableResult
  public func copyIn(_ address: UInt64, from source: UnsafeRawBufferPointer) -> Bool {
    var done = 0
    var isWhole = true
    while done < source.count {
      let at = address &+ UInt64(done)
      if let (block, offset, room) = memory(at, writing: true) {
        let count = min(room, source.count - done)
        let part = UnsafeRawBufferPointer(rebasing: source[done..<done + count])
        let isThere = block.write(offset, count: count) {
          UnsafeMutableRawBufferPointer(start: $0, count: count).copyMemory(from: part)
        }
        if !isThere { isWhole = false }
        done += count
      } else {
        write(UInt64(source[done]), at, width: 1)
        done += 1
      }
    }
    return isWhole
  }

  /// Makes sure that the RAM and ROM among `count` bytes from `address` on is there, before a device begins what it could not
  /// take back.
  ///
  /// - Returns: false when part of it is lost, or to be waited for (`RAMBlock.onLoss` has been told): the machine stops,
  ///   and the access that the device answers is made again if it goes on.
  public func bringIn(_ address: UInt64, count: Int) -> Bool {
    var done = 0
    while done < count {
      let at = address &+ UInt64(done)
      if let (block, offset, room) = memory(at, writing: false) {
        guard block.prepareLoad(offset, count: min(room, count - done)) else { return false }
        done += min(room, count - done)
      } else {
        done += RAMBlock.pageSize - Int(at & UInt64(RAMBlock.pageSize - 1))
      }
    }
    return true
  }

  /// `count` bytes of guest memory from `address` on; see `copyOut`.
  public func bytes(_ address: UInt64, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      buffer.initialize(repeating: 0)
      copyOut(address, into: UnsafeMutableRawBufferPointer(buffer))
      filled = count
    }
  }

  /// Stores `bytes` from `address` on; see `copyIn`.
  public func store(_ bytes: [UInt8], at address: UInt64) {
    _ = bytes.withUnsafeBytes { copyIn(address, from: $0) }
  }

  /// Whether RAM (or, for reading, ROM) answers at each of `count` bytes from `address` on.
  public func isMemory(_ address: UInt64, count: Int, writing: Bool) -> Bool {
    guard count > 0 else { return true }
    let (last, wraps) = address.addingReportingOverflow(UInt64(count - 1))
    guard !wraps else { return false }
    var at = address
    while let (_, _, room) = memory(at, writing: writing) {
      if last - at < UInt64(room) { return true }
      at += UInt64(room)
    }
    return false
  }

  /// Gives the host's pages behind `count` bytes of RAM from `address` on back, whole pages both: they are zero then.
  ///
  /// - Returns: false when part of it is lost, or to be waited for (`RAMBlock.onLoss` has been told).
  public func discard(_ address: UInt64, count: Int) -> Bool {
    var done = 0
    while done < count, let (block, offset, room) = memory(address &+ UInt64(done), writing: true) {
      let part = min(room, count - done)
      guard block.discard(offset, count: part) else { return false }
      done += part
    }
    return true
  }

  /// Where RAM (or, for reading, ROM) answers at `address`, and how many bytes on from there.
  private func memory(_ address: UInt64, writing: Bool) -> (block: RAMBlock, offset: Int, room: Int)? {
    guard let span = span(at: address), case .memory(let block, let start) = span.region.content,
      !(writing && block.isReadOnly)
    else { return nil }
    return (block, start + Int(address - span.region.base), Int(clamping: span.last - address) + 1)
  }
}
