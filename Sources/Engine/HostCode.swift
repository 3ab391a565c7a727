public import DeviceModel
public import Emit

/// The host code of one CPU's blocks: where it is, which jumps in it lead straight on, and what it has done.
///
/// What instructions blocks have, and what becomes of them, is the business of each kind of CPU.
public final class HostCode: HostSide {
  /// Enters host code: core and address; says why it came back.
  public typealias Entry = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int32

  private let memory: ExecutableMemory
  private var assembler: Assembler
  /// Where the first translation goes.
  private let start: Int
  /// The translations, by their number.
  public let translations: UnsafeMutablePointer<TranslatedBlock>
  private let capacity: Int
  /// How many translations there are.
  public private(set) var count = 0
  /// Of those, how many only say that a block is in another one's.
  private var joined = 0
  /// By operation, how often an instruction was executed in the interpreter's way.
  public let fallbacks: UnsafeMutablePointer<UInt64>
  private let operations: Int
  private var linked: UInt64 = 0
  private var abandoned: UInt64 = 0
  /// Jumps that can be linked, by their number; 0 is none's.
  private var links: [HostFixup] = [HostFixup(site: 0)]
  /// The translations that they are in.
  private var origins: [Int32] = [0]
  /// Changes whenever all is forgotten.
  public private(set) var generation = 0
  /// A block is translated when it has been entered so often.
  public let threshold: Int32
  /// Told of each piece of code when it is written, and of the guest's address that it is for.
  private var announce: HostCodeListener?

  /// How often the run loop entered it.
  @usableFromInline var entries: UInt64 = 0
  /// How many of those ended because a jump's target was in no cache.
  @usableFromInline var misses: UInt64 = 0
  /// Instructions that were executed between entering it and coming back.
  @usableFromInline var executed: UInt64 = 0
  /// All that the CPU has executed since this was made.
  public var retired: UInt64 = 0

  /// Room for `size` bytes of code for CPUs whose operations have numbers below `operations`; `thunks` writes what all
  /// translations share.
  ///
  /// - Throws: when the host refuses memory for it.
  public init(size: Int, operations: Int, threshold: Int32, thunks: (inout Assembler) -> Void) throws {
    memory = try ExecutableMemory(size: size)
    assembler = Assembler(memory.writable, capacity: memory.size)
    thunks(&assembler)
    start = assembler.position
    capacity = max(size / 128, 2048)
    translations = .allocate(capacity: capacity)
    self.operations = operations
    fallbacks = .allocate(capacity: operations)
    fallbacks.initialize(repeating: 0, count: operations)
    self.threshold = threshold
  }

  deinit {
    translations.deallocate()
    fallbacks.deallocate()
    memory.deallocate()
  }

  /// The run loop entered it, and it came back with `exit` after so many instructions.
  @inlinable @inline(__always)
  public func count(_ instructions: Int, _ exit: Int32) {
    entries &+= 1
    executed &+= UInt64(truncatingIfNeeded: instructions)
    if exit == TranslatedExit.next { misses &+= 1 }
  }

  /// From now on tells `listener` of code as it is written, and at once of what all translations share.
  public func announce(to listener: @escaping HostCodeListener) {
    announce = listener
    listener(nil, UnsafeRawBufferPointer(start: address(0), count: start))
  }

  /// Bytes of code that there are.
  public var codeSize: Int { assembler.position - start }

  /// Where the code at `offset` is executed.
  public func address(_ offset: Int) -> UnsafeRawPointer { memory.executable + offset }

  /// Where the code of a translation is executed.
  private func code(_ translation: UnsafeMutablePointer<TranslatedBlock>) -> UnsafeRawPointer {
    memory.executable + Int(translation.pointee.entry)
  }

  /// The code for `pc` among `translations` of a block.
  public func find(_ translations: UnsafeMutableRawPointer?, pc: UInt32) -> UnsafeRawPointer? {
    TranslatedBlock.find(translations, pc: pc).map(code)
  }

  /// Bytes that are left.
  public var room: Int { assembler.room }

  /// Whether there is room for one more translation of `bytes` bytes, with `others` more blocks in it.
  public func hasRoom(for bytes: Int, others: Int = 0) -> Bool { room > bytes && count + others < capacity }

  /// What has been written for a block.
  public struct Written {
    /// The assembler behind it.
    public let assembler: Assembler
    /// Where to go on at the block's address without it.
    public let retreat: Int
    /// Its jumps that can be linked, in the order of their numbers.
    public let links: [HostFixup]

    public init(assembler: Assembler, retreat: Int, links: [HostFixup]) {
      self.assembler = assembler
      self.retreat = retreat
      self.links = links
    }
  }

  /// Adds a translation, which `write` writes; it gets its number, and that of its first link.
  ///
  /// - Returns: what the block's `translations` is from now on, and where the code is.
  public func add(
    _ block: UnsafeMutableRawPointer, pc: UInt32, after others: UnsafeMutableRawPointer?,
    _ write: (Assembler, _ number: Int, _ firstLink: Int32) -> Written
  ) -> (translations: UnsafeMutableRawPointer, code: UnsafeRawPointer) {
    let entry = assembler.position
    let number = count
    let written = write(assembler, number, Int32(truncatingIfNeeded: links.count))
    assembler = written.assembler
    announce?(UInt64(pc), UnsafeRawBufferPointer(start: address(entry), count: assembler.position - entry))
    links += written.links
    origins += repeatElement(Int32(truncatingIfNeeded: number), count: written.links.count)
    let place = translations + number
    count += 1
    place.initialize(
      to: TranslatedBlock(
        block: block, pc: pc, entry: Int32(truncatingIfNeeded: entry),
        retreat: Int32(truncatingIfNeeded: written.retreat), unit: Int32(truncatingIfNeeded: number),
        next: others?.assumingMemoryBound(to: TranslatedBlock.self)))
    return (UnsafeMutableRawPointer(place), code(place))
  }

  /// The translation that the jump of number `link` is in.
  public func origin(_ link: Int32) -> UnsafeMutablePointer<TranslatedBlock>? {
    link > 0 && link < links.count ? translations + Int(origins[Int(link)]) : nil
  }

  /// Says that `block` is in the translation of that number, too: when it is overwritten that one is abandoned.
  ///
  /// - Returns: what the block's `translations` is from now on.
  public func join(
    _ block: UnsafeMutableRawPointer, to number: Int, after others: UnsafeMutableRawPointer?
  ) -> UnsafeMutableRawPointer {
    precondition(count < capacity, "a translation with more blocks than there was asked room for")
    let place = translations + count
    count += 1
    joined += 1
    let unit = translations + number
    // No program counter has this address.
    place.initialize(
      to: TranslatedBlock(
        block: block, pc: .max, entry: unit.pointee.entry, retreat: unit.pointee.retreat, unit: unit.pointee.unit,
        next: others?.assumingMemoryBound(to: TranslatedBlock.self)))
    return UnsafeMutableRawPointer(place)
  }

  /// The jump of number `link` leads to `code` from now on.
  public func link(_ link: Int32, to code: UnsafeRawPointer) {
    guard link > 0, link < links.count else { return }
    linked &+= 1
    assembler.patch(links[Int(link)], code - memory.executable)
  }

  /// A block with these translations was overwritten: whoever enters their code goes on without it. `forget` is told
  /// of each one's code.
  public func abandon(_ translations: UnsafeMutableRawPointer?, _ forget: (_ pc: UInt32, UnsafeRawPointer) -> Void) {
    var candidate = translations?.assumingMemoryBound(to: TranslatedBlock.self)
    while let translation = candidate {
      candidate = translation.pointee.next
      guard !translation.pointee.isAbandoned else { continue }
      let unit = self.translations + Int(translation.pointee.unit)
      if !unit.pointee.isAbandoned { abandoned &+= 1 }
      unit.pointee.isAbandoned = true
      translation.pointee.isAbandoned = true
      forget(unit.pointee.pc, code(translation))
      assembler.redirect(Int(translation.pointee.entry), to: Int(translation.pointee.retreat))
    }
  }

  /// What it has done; `name` gives an operation's.
  public func statistics(name: (Int) -> String) -> TranslatorStatistics {
    let counts = (0..<operations).filter { fallbacks[$0] > 0 }
    let interpreted = counts.reduce(0) { $0 &+ fallbacks[$1] }
    return TranslatorStatistics(
      blocks: count - joined, codeBytes: codeSize, capacity: memory.size - start, retired: retired,
      translated: executed > interpreted ? executed &- interpreted : 0, entries: entries, misses: misses, links: linked,
      abandoned: abandoned, flushes: UInt64(generation),
      fallbacks: counts.map { TranslatorStatistics.Fallback(operation: name($0), count: fallbacks[$0]) }
        .sorted { ($0.count, $1.operation) > ($1.count, $0.operation) })
  }

  /// Forgets every translation.
  public func flush() {
    generation += 1
    assembler.position = start
    count = 0
    joined = 0
    links.removeSubrange(1...)
    origins.removeSubrange(1...)
  }
}
