public import DeviceModel
import Glibc
public import GuestMemory

/// Decoded blocks, of one CPU or shared by all of a machine, and their exact invalidation when code is written.
public final class CodeCache<Instruction: BitwiseCopyable>: CodeHolder, HostSide {
  @inlinable static var bucketCount: Int { 1 << 15 }

  /// Instructions and blocks are given back all at once, when so many are used.
  @usableFromInline let instructionCapacity: Int
  @usableFromInline let blockCapacity: Int
  @usableFromInline let instructions: UnsafeMutablePointer<Instruction>
  @usableFromInline let blocks: UnsafeMutablePointer<Block<Instruction>>
  @usableFromInline let buckets: UnsafeMutablePointer<UnsafeMutablePointer<Block<Instruction>>?>
  @usableFromInline var usedInstructions = 0
  @usableFromInline var usedBlocks = 0
  /// Blocks by the host page that they have bytes in.
  private var byPage: [UInt: CodePage] = [:]
  private var users: [User] = []
  /// All of the machine.
  private let caches: CodeCaches
  @usableFromInline var breakpoints = BreakpointOffsets()
  private(set) var invalidations: UInt64 = 0
  private(set) var flushes: UInt64 = 0

  private struct User {
    unowned(unsafe) let cpu: any CodeUser
  }

  /// Room for so many instructions and blocks; what is not used costs nothing. The longest block must fit.
  ///
  /// - Parameter caches: the machine's.
  public init(
    instructionCapacity: Int = 1 << 20, blockCapacity: Int = 1 << 18, in caches: CodeCaches = CodeCaches()
  ) {
    precondition(instructionCapacity > 0 && blockCapacity > 0, "a code cache without room for a block")
    self.instructionCapacity = instructionCapacity
    self.blockCapacity = blockCapacity
    instructions = .allocate(capacity: instructionCapacity)
    blocks = .allocate(capacity: blockCapacity)
    buckets = .allocate(capacity: Self.bucketCount)
    buckets.initialize(repeating: nil, count: Self.bucketCount)
    self.caches = caches
    caches.add(self)
  }

  deinit {
    caches.remove(self)
    instructions.deallocate()
    blocks.deallocate()
    buckets.deallocate()
    breakpoints.deallocate()
  }

  /// `cpu` will run blocks of this cache; it takes itself off before it goes.
  public func add(_ cpu: any CodeUser) { users.append(User(cpu: cpu)) }
  /// `cpu` runs no block of this cache any more.
  public func remove(_ cpu: any CodeUser) { users.removeAll { $0.cpu === cpu } }

  @inlinable @inline(__always)
  func bucket(_ host: UnsafeMutableRawPointer, _ mode: UInt32) -> Int {
    let bits = UInt(bitPattern: host) &+ UInt(mode) &* 0x9e37
    return Int(bitPattern: (bits ^ (bits &>> 13)) & UInt(Self.bucketCount - 1))
  }

  /// The block that begins at `host`, decoded in `mode`.
  @inlinable public func find(_ host: UnsafeMutableRawPointer, mode: UInt32) -> UnsafeMutablePointer<
    Block<Instruction>
  >? {
    var block = buckets[bucket(host, mode)]
    while let candidate = block {
      if candidate.pointee.host == host, candidate.pointee.mode == mode, candidate.pointee.isValid { return candidate }
      block = candidate.pointee.next
    }
    return nil
  }

  /// Room for the instructions of one more block; drops everything when there is none.
  @inlinable public func reserve(_ count: Int) -> UnsafeMutablePointer<Instruction> {
    if usedInstructions + count > instructionCapacity || usedBlocks == blockCapacity { flush() }
    return instructions + usedInstructions
  }

  /// Adds a block whose instructions lie in what `reserve` gave. `pages` are the RAM pages with its bytes.
  public func insert(_ block: Block<Instruction>, instructionCount: Int, pages: [(block: RAMBlock, offset: Int)])
    -> UnsafeMutablePointer<Block<Instruction>>
  {
    let place = blocks + usedBlocks
    usedBlocks += 1
    usedInstructions += instructionCount
    let bucket = bucket(block.host, block.mode)
    var linked = block
    linked.next = buckets[bucket]
    place.initialize(to: linked)
    buckets[bucket] = place
    for (ram, offset) in pages {
      let page = offset >> RAMBlock.pageShift
      let host = ram.unguarded + (page << RAMBlock.pageShift)
      add(place, to: UInt(bitPattern: host), caches.word(ram, page: page))
    }
    return place
  }

  /// Marks the pieces of a page that a block has bytes in.
  private func add(
    _ block: UnsafeMutablePointer<Block<Instruction>>, to page: UInt, _ word: UnsafeMutablePointer<UInt64>
  ) {
    byPage[page, default: CodePage(word: word)].blocks.append(UnsafeMutableRawPointer(block))
    word.pointee |= pieces(of: block, in: page)
  }

  /// The bytes that a block has in a page.
  private func bytes(of block: UnsafeMutablePointer<Block<Instruction>>, in page: UInt) -> Range<UInt> {
    let first = UInt(bitPattern: block.pointee.host)
    let end = first + UInt(block.pointee.length)
    let pageEnd = page + UInt(RAMBlock.pageSize)
    guard let second = block.pointee.secondHost else { return first..<end }
    let inFirst = UInt(RAMBlock.pageSize) - first % UInt(RAMBlock.pageSize)
    // Both pages may be one, seen at two addresses.
    let inSecond = UInt(bitPattern: second)..<UInt(bitPattern: second) + UInt(block.pointee.length) - inFirst
    guard first >= page, first < pageEnd else { return inSecond }
    return inSecond.lowerBound == page ? page..<pageEnd : first..<pageEnd
  }

  private func pieces(of block: UnsafeMutablePointer<Block<Instruction>>, in page: UInt) -> UInt64 {
    let bytes = bytes(of: block, in: page)
    return RAMBlock.pieces(at: Int(bitPattern: bytes.lowerBound - page), count: bytes.count)
  }

  /// Whether there is room for a block of `count` instructions, with its mark.
  public func hasRoom(for count: Int) -> Bool {
    usedInstructions + count <= instructionCapacity && usedBlocks < blockCapacity
  }

  /// A block without instructions, in a mode that has no others: it is invalidated when one of `length` bytes at `host`
  /// is written. They are in the page of `code`. There is none when there is no room.
  public func watch(
    _ host: UnsafeMutableRawPointer, length: Int, mode: UInt32, like code: UnsafeMutablePointer<Block<Instruction>>
  ) -> UnsafeMutablePointer<Block<Instruction>>? {
    if let known = find(host, mode: mode) { return known }
    let page = UInt(bitPattern: host) & ~UInt(RAMBlock.pageSize - 1)
    guard hasRoom(for: 0), let word = byPage[page]?.word else { return nil }
    let place = blocks + usedBlocks
    usedBlocks += 1
    let bucket = bucket(host, mode)
    var block = Block(
      host: host, instructions: code.pointee.instructions, count: 0, length: Int32(truncatingIfNeeded: length),
      mode: mode)
    block.next = buckets[bucket]
    place.initialize(to: block)
    buckets[bucket] = place
    add(place, to: page, word)
    return place
  }

  /// Makes sure that stores to code in `ram`, and its pages becoming clean, are heard of.
  public func watch(_ ram: RAMBlock) { caches.watch(ram) }

  func codeWritten(_ written: Range<UInt>, page: UInt) -> UInt64 {
    guard let present = byPage[page]?.blocks else { return 0 }
    var kept: [UnsafeMutableRawPointer] = []
    var left: UInt64 = 0
    for place in present {
      let candidate = place.assumingMemoryBound(to: Block<Instruction>.self)
      guard candidate.pointee.isValid else { continue }
      if bytes(of: candidate, in: page).overlaps(written) {
        invalidate(candidate)
      } else {
        kept.append(place)
        left |= pieces(of: candidate, in: page)
      }
    }
    if kept.isEmpty {
      byPage[page] = nil
    } else if kept.count != present.count {
      byPage[page]?.blocks = kept
    }
    return left
  }

  private func invalidate(_ block: UnsafeMutablePointer<Block<Instruction>>) {
    block.pointee.isValid = false
    invalidations &+= 1
    for user in users {
      user.cpu.stopBlock(host: block.pointee.host, mode: block.pointee.mode)
      if block.pointee.translations != nil { user.cpu.abandonCode(of: UnsafeMutableRawPointer(block)) }
    }
  }

  // MARK: Breakpoints

  /// Whether an instruction at `address` must be looked at before it is executed: it is no block's, blocks end before
  /// it.
  @inlinable public func mayStop(at address: UInt64) -> Bool { breakpoints.contains(address) }

  /// Some CPU's breakpoints are others now; they count from the next `updateBreakpoints`.
  public func breakpointsChanged() { breakpoints.change() }

  /// To be called before a CPU executes: decodes anew where breakpoints have come.
  @inlinable public func updateBreakpoints() {
    if breakpoints.isChanged { takeBreakpoints() }
  }

  @usableFromInline func takeBreakpoints() {
    if breakpoints.update(users.map { $0.cpu.debugPoints.breakpoints }) { flush() }
  }

  /// Forgets every block.
  public func flush() {
    flushes &+= 1
    usedBlocks = 0
    usedInstructions = 0
    // All nil; said in bytes, it costs the same in a build that is not optimised.
    memset(buckets, 0, Self.bucketCount * MemoryLayout.stride(ofValue: buckets.pointee))
    // What RAM knows of them stays until somebody writes there.
    byPage.removeAll(keepingCapacity: true)
    for user in users { user.cpu.codeFlushed() }
  }

  func contentsReplaced() {
    flush()
    for user in users { user.cpu.forgetTranslations() }
  }

  func forgetWritable(host: UnsafeMutableRawPointer?) {
    for user in users { user.cpu.forgetWritable(host: host) }
  }
}
