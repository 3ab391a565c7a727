import DeviceModel

/// What requests want, and what becomes of them.
extension VirtioBlock {
  /// What `chain` asks for.
  func request(_ chain: VirtqueueChain) throws(VirtioFault) -> BlockRequest {
    guard chain.readable.count >= 16, chain.writable.count >= 1 else {
      throw .broken("a request of \(chain.readable.count) bytes with room for \(chain.writable.count)")
    }
    let type = chain.readable.number(port.memory, at: 0, as: UInt32.self)
    let sector = chain.readable.number(port.memory, at: 8, as: UInt64.self)
    let failure = BlockRequest(kind: .answer(.failed, []))
    guard let disk else { return failure }
    switch type {
    case 0:
      let count = chain.writable.count - 1
      return place(disk, sector, count).map { BlockRequest(kind: .read, offset: $0, count: count) } ?? failure
    case 1:
      let count = chain.readable.count - 16
      guard !disk.isReadOnly, let offset = place(disk, sector, count) else { return failure }
      return BlockRequest(kind: .write, offset: offset, count: count, isThrough: isThrough)
    case 4: return BlockRequest(kind: .flush)
    case 8: return BlockRequest(kind: .answer(.ok, serial.bytes))
    case 11 where has(Feature.discard): return clear(disk, chain, flags: 0)
    case 13 where has(Feature.writeZeroes): return clear(disk, chain, flags: 1)
    default:
      port.site.unimplemented("a request of type \(type)")
      return BlockRequest(kind: .answer(.unsupported, []))
    }
  }

  /// Where `count` bytes from `sector` on are in the image; nil when they are not, or are no whole sectors.
  private func place(_ disk: any BlockBackend, _ sector: UInt64, _ count: Int) -> Int64? {
    guard count % 512 == 0, sector <= UInt64(Int64.max / 512) else { return nil }
    let offset = Int64(sector) * 512
    return disk.contains(offset, count: Int64(count)) ? offset : nil
  }

  /// Where the driver knows of no flushes, or wants none, what is written is written.
  private var isThrough: Bool { !(has(Feature.flush) && state.writeback) }

  /// A run of sectors shall read as zeros (5.2.6: sector, count and flags, of which it may have `flags`).
  private func clear(_ disk: any BlockBackend, _ chain: VirtqueueChain, flags allowed: UInt32) -> BlockRequest {
    let failure = BlockRequest(kind: .answer(.failed, []))
    // The configuration space says that one run is the most.
    guard !disk.isReadOnly, chain.readable.count == 32 else { return failure }
    let sector = chain.readable.number(port.memory, at: 16, as: UInt64.self)
    let count = chain.readable.number(port.memory, at: 24, as: UInt32.self)
    let flags = chain.readable.number(port.memory, at: 28, as: UInt32.self)
    guard flags & ~allowed == 0 else { return BlockRequest(kind: .answer(.unsupported, [])) }
    guard count <= BlockConfiguration.clearLimit, let offset = place(disk, sector, Int(count) * 512) else {
      return failure
    }
    return BlockRequest(kind: .clear, offset: offset, count: Int(count) * 512, isThrough: isThrough)
  }

  /// Fills `buffer` with what `chain` has for the disk.
  func collect(
    _ request: BlockRequest, _ chain: VirtqueueChain, at offset: Int = 0, _ buffer: UnsafeMutableRawBufferPointer
  ) {
    guard case .write = request.kind else { return }
    chain.readable.read(port.memory, at: 16 + offset, into: buffer)
  }

  /// Tells the driver of `chain` how its request ended; how many bytes count as written.
  func finish(
    _ chain: VirtqueueChain, _ request: BlockRequest, _ result: BlockResult, _ buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let room = chain.writable.count - 1
    var status = result == .done ? Status.ok : .failed
    var written = 0
    switch request.kind {
    case .read where status == .ok: written = chain.writable.write(port.memory, from: UnsafeRawBufferPointer(buffer))
    case .answer(let known, let bytes):
      status = known
      written = chain.writable.write(port.memory, Array(bytes.prefix(room)))
    default: break
    }
    return finish(chain, status, written)
  }

  /// The same, where `written` bytes have been written.
  func finish(_ chain: VirtqueueChain, _ status: Status, _ written: Int) -> Int {
    let room = chain.writable.count - 1
    chain.writable.write(port.memory, at: room, [status.rawValue])
    // Behind a gap of what was not written nothing counts; but all of it is the driver's again.
    return written == room ? room + 1 : written
  }

  /// Does a request at once, a part at a time; how many bytes count as written.
  func carryOut(_ chain: VirtqueueChain, _ request: BlockRequest) -> Int {
    guard let disk, request.transferred > BlockWork.largest else {
      let buffer = work.take(request.transferred)
      defer { work.give(buffer) }
      let bytes = buffer.bytes(request.transferred)
      collect(request, chain, bytes)
      let result = disk.map { request.carryOut($0, bytes) } ?? .failed
      return finish(chain, request, result, bytes)
    }
    let buffer = BlockBuffer(1 << 20)
    var done = 0
    while done < request.count {
      var part = request
      part.offset += Int64(done)
      part.count = min(buffer.size, request.count - done)
      let bytes = buffer.bytes(part.count)
      collect(part, chain, at: done, bytes)
      guard part.carryOut(disk, bytes) == .done else { return finish(chain, .failed, 0) }
      if case .read = part.kind { chain.writable.write(port.memory, at: done, from: UnsafeRawBufferPointer(bytes)) }
      done += part.count
    }
    if case .read = request.kind { return finish(chain, .ok, done) }
    return finish(chain, .ok, 0)
  }
}
