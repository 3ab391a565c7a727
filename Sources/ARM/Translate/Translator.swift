import DeviceModel
import Emit
import Engine

/// The host code of one CPU's blocks.
final class Translator: HostSide {
  /// Enters host code: core and address; gives a `TranslatedExit`.
  typealias Entry = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int32

  private let memory: ExecutableMemory
  private var assembler: Assembler
  private let thunks: TranslationThunks
  /// Where the first translation goes.
  private let start: Int
  let enter: Entry
  let translations: UnsafeMutablePointer<TranslatedBlock>
  private let capacity: Int
  private(set) var count = 0
  /// By operation, how often an instruction was executed in the interpreter's way.
  let fallbacks: UnsafeMutablePointer<UInt64>
  /// How often the run loop entered host code.
  var entries: UInt64 = 0
  private var linked: UInt64 = 0
  private var abandoned: UInt64 = 0
  /// Jumps that can be linked, by their number; 0 is none's.
  private var links: [HostFixup] = [HostFixup(site: 0)]
  private let jumps: UnsafeMutablePointer<TranslatedJump>
  /// Bytes of code that there are.
  var codeSize: Int { assembler.position - start }
  /// Changes whenever all is forgotten.
  private(set) var generation = 0
  /// A block is translated when it has been entered so often.
  let threshold: Int32

  /// Room for `size` bytes of code.
  init(core: UnsafeMutablePointer<Core>, size: Int, threshold: Int32) throws {
    memory = try ExecutableMemory(size: size)
    assembler = Assembler(memory.writable, capacity: memory.size)
    thunks = TranslationThunks(&assembler, handler: CPU.callInterpreter)
    start = assembler.position
    enter = unsafeBitCast(memory.executable + thunks.enter, to: Entry.self)
    capacity = size / 128
    translations = .allocate(capacity: capacity)
    fallbacks = .allocate(capacity: 256)
    fallbacks.initialize(repeating: 0, count: 256)
    jumps = (UnsafeMutableRawPointer(core) + TranslationLayout.jumps).bindMemory(
      to: TranslatedJump.self, capacity: TranslatedJump.count)
    self.threshold = threshold
    forgetJumps()
  }

  deinit {
    translations.deallocate()
    fallbacks.deallocate()
    memory.deallocate()
  }

  /// The address of a translation's code.
  private func code(_ translation: UnsafeMutablePointer<TranslatedBlock>) -> UnsafeRawPointer {
    memory.executable + Int(translation.pointee.entry)
  }

  /// The code of `block` at `pc`, made when it is hot enough.
  ///
  /// - Returns: nil where it is to be interpreted this time.
  func code(
    for block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32, _ cache: CodeCache<Instruction>
  ) -> UnsafeRawPointer? {
    var candidate = block.pointee.translations?.assumingMemoryBound(to: TranslatedBlock.self)
    while let translation = candidate {
      if translation.pointee.pc == pc { return code(translation) }
      candidate = translation.pointee.next
    }
    guard block.pointee.isValid else { return nil }
    block.pointee.heat &+= 1
    guard block.pointee.heat > threshold else { return nil }
    guard assembler.room > BlockTranslator.longestCode, count < capacity else {
      cache.flush()
      return nil
    }
    return translate(block, pc: pc)
  }

  private func translate(_ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32) -> UnsafeRawPointer {
    var translator = BlockTranslator(
      assembler, thunks, block, pc: pc, number: count, firstLink: Int32(truncatingIfNeeded: links.count))
    let entry = assembler.position
    let retreat = translator.translate()
    assembler = translator.a
    links += translator.links
    let place = translations + count
    count += 1
    place.initialize(
      to: TranslatedBlock(
        block: block, pc: pc, entry: Int32(truncatingIfNeeded: entry), retreat: Int32(truncatingIfNeeded: retreat),
        next: block.pointee.translations?.assumingMemoryBound(to: TranslatedBlock.self)))
    block.pointee.translations = UnsafeMutableRawPointer(place)
    return code(place)
  }

  /// The jump of number `link` leads to `code` from now on.
  func link(_ link: Int32, to code: UnsafeRawPointer) {
    guard link > 0, link < links.count else { return }
    linked &+= 1
    assembler.patch(links[Int(link)], code - memory.executable)
  }

  /// Jumps to `target`, with bit 0 set for Thumb state, lead to `code`, as long as the core's `jumpTag` is `tag`.
  @inline(__always)
  func remember(_ target: UInt32, tag: UInt64, _ code: UnsafeRawPointer) {
    let entry = jumps + Int(target >> 2 & UInt32(TranslatedJump.count - 1))
    entry.pointee = TranslatedJump(tag: tag | UInt64(target), code: UInt(bitPattern: code))
  }

  /// No jump is remembered any more.
  func forgetJumps() { jumps.update(repeating: TranslatedJump(), count: TranslatedJump.count) }

  /// The block was overwritten: whoever enters its code goes to the run loop.
  func abandon(_ block: UnsafeMutablePointer<Block<Instruction>>) {
    var candidate = block.pointee.translations?.assumingMemoryBound(to: TranslatedBlock.self)
    while let translation = candidate {
      abandoned &+= 1
      assembler.redirect(Int(translation.pointee.entry), to: Int(translation.pointee.retreat))
      candidate = translation.pointee.next
    }
    block.pointee.translations = nil
  }

  /// What it has done.
  var statistics: TranslatorStatistics {
    TranslatorStatistics(
      blocks: count, codeBytes: codeSize, capacity: memory.size - start, entries: entries, links: linked,
      abandoned: abandoned, flushes: UInt64(generation),
      fallbacks: Operation.allCases.map { ("\($0)", fallbacks[Int($0.rawValue)]) }.filter { $0.1 > 0 }
        .sorted { ($0.1, $1.0) > ($1.1, $0.0) }
        .map { TranslatorStatistics.Fallback(operation: $0.0, count: $0.1) })
  }

  /// Forgets everything.
  func flush() {
    generation += 1
    assembler.position = start
    count = 0
    links.removeSubrange(1...)
    forgetJumps()
  }
}
