extension RAMBlock {
  // Every access asks before it touches memory, except through a TLB entry, which was filled after asking: `unguarded`
  // is for those alone.

  /// Makes sure that `count` bytes at `offset`, within the block, are there to be read.
  ///
  /// - Returns: false when they are lost; `onLoss` has been told.
  @inlinable @inline(__always)
  public func prepareLoad(_ offset: Int, count: Int) -> Bool { !isLazy || bringIn(offset, count) }

  /// Makes sure that `count` bytes at `offset`, within the block, may be changed; `changed` is to follow.
  ///
  /// - Returns: false when they are lost; `onLoss` has been told.
  @inlinable @inline(__always)
  public func prepareStore(_ offset: Int, count: Int) -> Bool { !isGuarded || release(offset, count) }

  /// The word of `code` for the page at `offset`, where stores need no slow path until the observer hears otherwise,
  /// except to the pieces of which it has a bit: everyone knows that the page is dirty, it is there, and nobody wants it
  /// as it was. Where it is 0 nobody need look at it before the observer hears otherwise, either.
  @inlinable
  public func codeBesideStores(_ offset: Int) -> UnsafePointer<UInt64>? {
    let page = offset >> Self.pageShift
    guard !isReadOnly, dirty[page] == 0xff, !isGuarded || isFree(page) else { return nil }
    return UnsafePointer(code + page)
  }

  /// `count` bytes at `offset`, within the block, for reading: valid until the machine runs on.
  ///
  /// - Returns: nil when they are lost; `onLoss` has been told.
  @inlinable
  public func readable(_ offset: Int, count: Int) -> UnsafeRawPointer? {
    prepareLoad(offset, count: count) ? UnsafeRawPointer(unguarded + offset) : nil
  }

  /// Changes `count` bytes at `offset`, within the block, by `body`, ROM too; consumers and observer are told.
  ///
  /// - Returns: false when they are lost; `onLoss` has been told and `body` was not called.
  @inlinable @discardableResult
  public func write(_ offset: Int, count: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> Bool {
    precondition(offset >= 0 && count >= 0 && offset <= size - count, "\(count) bytes at \(offset) of \(name)")
    guard prepareStore(offset, count: count) else { return false }
    body(unguarded + offset)
    changed(offset: offset, count: count)
    return true
  }

  /// Makes whole pages at `offset`, within the block, zero, and gives the host's memory behind them back; consumers and
  /// observer are told.
  ///
  /// - Returns: false when they are lost; `onLoss` has been told and nothing has changed.
  public func discard(_ offset: Int, count: Int) -> Bool {
    precondition(
      offset >= 0 && count >= 0 && offset <= size - count && (offset | count) & (Self.pageSize - 1) == 0,
      "\(count) bytes at \(offset) of \(name)")
    guard prepareStore(offset, count: count) else { return false }
    if frozen == nil {
      memory.discard(offset, count: count)
    } else {
      // Whoever holds the block as it was takes pages that the host has not for zeros: they stay, and are zero.
      clear(offset, count: count)
    }
    changed(offset: offset, count: count)
    return true
  }

  /// Fills whole pages with zeros, those alone that are not.
  private func clear(_ offset: Int, count: Int) {
    for at in stride(from: offset, to: offset + count, by: Self.pageSize) {
      let page = UnsafeMutableRawBufferPointer(start: unguarded + at, count: Self.pageSize)
      if !PageScan.isZero(UnsafeRawBufferPointer(page)) { page.initializeMemory(as: UInt8.self, repeating: 0) }
    }
  }

  /// The first run of bytes at `offset` or behind it that may not be zero; empty when there is none.
  public func backed(from offset: Int) -> Range<Int> {
    guard isLazy else { return memory.backed(from: offset) }
    return min(offset, size)..<size
  }

  @usableFromInline @inline(never)
  func bringIn(_ offset: Int, _ count: Int) -> Bool {
    guard let absent, count > 0 else { return true }
    do throws(MemoryLoss) {
      try absent.bringIn(offset, count)
    } catch {
      onLoss?(error)
      return false
    }
    if absent.missingCount == 0 {
      self.absent = nil
      refreshGuards()
    }
    return true
  }

  @usableFromInline @inline(never)
  func release(_ offset: Int, _ count: Int) -> Bool {
    guard bringIn(offset, count) else { return false }
    guard let frozen else { return true }
    if !frozen.isOver, count > 0 {
      for page in offset >> Self.pageShift...(offset &+ count &- 1) >> Self.pageShift { frozen.release(page) }
    }
    if frozen.isOver { thaw() }
    return true
  }

  @usableFromInline @inline(never)
  func isFree(_ page: Int) -> Bool {
    if let absent, !absent.isPresent(page << Self.pageShift) { return false }
    return frozen?.isFree(page) ?? true
  }

  // MARK: A moment

  /// Holds the block's pages as they are now for a saver on another thread, while the guest runs on: before a page is
  /// changed for the first time it is copied.
  ///
  /// - Parameters:
  ///   - room: bytes of pages that may be copied and not taken at a time; nil is an eighth of the block. When they are
  ///     used up the guest waits.
  ///   - patience: nanoseconds that the guest waits before it goes on without the saver, who is told that it starved
  ///     the guest.
  /// - Returns: nil while the block is held already.
  /// - Throws: `RAMError` when the host has no memory for it.
  public func freeze(room: Int? = nil, patience: Int64 = 2_000_000_000) throws(RAMError) -> FrozenRAM? {
    if let frozen {
      guard frozen.isOver else { return nil }
      thaw()
    }
    let pages = try CopyOnWrite(memory, absent: absent, room: room ?? max(size / 8, 1 << 20), patience: patience)
    frozen = pages
    refreshGuards()
    // From now on each page's first store comes by the slow path.
    observer?.pagesBecomeClean()
    return FrozenRAM(pages, name: name)
  }

  private func thaw() {
    frozen?.settle()
    frozen = nil
    refreshGuards()
  }

  // MARK: Contents that come later

  /// Makes all zero, as when the block was new. Consumers see every page changed, decoded code and translations are
  /// forgotten, what was still to come does not, and a saver is told that it is too late.
  public func erase() {
    frozen?.cancel(.replaced)
    if frozen != nil { thaw() }
    absent?.retire()
    absent = nil
    memory.discard()
    refreshGuards()
    dirty.update(repeating: 0xff, count: pageCount)
    observer?.contentsReplaced(self)
  }

  /// Takes new contents, as `erase` does, which stay with `source` until they are touched.
  ///
  /// - Returns: what is to come, for whoever brings in the rest meanwhile.
  @discardableResult
  public func fill(from source: any ChunkSource) -> AbsentPages {
    erase()
    let coming = AbsentPages(memory, source: source)
    absent = coming
    refreshGuards()
    return coming
  }

  /// Puts whole pages at `offset`, within the block, while nobody else uses it: a load may do so on any thread. Nobody is
  /// told that they changed.
  public func put(_ offset: Int, _ bytes: UnsafeRawBufferPointer) {
    precondition(offset >= 0 && offset <= size - bytes.count, "\(bytes.count) bytes at \(offset) of \(name)")
    memory.put(offset, bytes)
  }

  /// Waits for the contents of `pages`, ascending runs, which stay with `source` until they are touched; all others are
  /// as they are. The source's chunks are pages.
  ///
  /// - Returns: what is to come, for whoever puts it in meanwhile.
  @discardableResult
  public func expect(_ pages: [Range<Int>], from source: any ChunkSource) -> AbsentPages {
    precondition(absent == nil && source.chunkSize == Self.pageSize, "pages of \(name) to come")
    frozen?.cancel(.replaced)
    if frozen != nil { thaw() }
    let coming = AbsentPages(memory, source: source, chunks: pages)
    absent = coming
    refreshGuards()
    observer?.contentsReplaced(self)
    return coming
  }

  /// What is still to come, while there is anything.
  public var absentPages: AbsentPages? { absent }

  private func refreshGuards() {
    isLazy = absent != nil
    memory.hasHugePages = !isLazy
    isGuarded = isLazy || frozen != nil
  }
}
