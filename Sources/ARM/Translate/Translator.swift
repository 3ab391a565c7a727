import DeviceModel
import Emit
import Engine

/// The host code of one CPU's blocks.
final class Translator: HostSide {
  let code: HostCode
  private let thunks: TranslationThunks
  let enter: HostCode.Entry
  private let jumps: UnsafeMutablePointer<TranslatedJump>
  /// How often the run loop entered host code.
  var entries: UInt64 = 0

  /// Room for `size` bytes of code.
  init(core: UnsafeMutablePointer<Core>, size: Int, threshold: Int32) throws {
    var written: TranslationThunks?
    code = try HostCode(size: size, operations: 256, threshold: threshold) {
      written = TranslationThunks(&$0, handler: CPU.callInterpreter)
    }
    guard let written else { preconditionFailure("code memory without thunks") }
    thunks = written
    enter = unsafeBitCast(code.address(thunks.enter), to: HostCode.Entry.self)
    jumps = (UnsafeMutableRawPointer(core) + TranslationLayout.jumps).bindMemory(
      to: TranslatedJump.self, capacity: TranslatedJump.count)
    forgetJumps()
  }

  /// The code of `block` at `pc`, made when it is hot enough.
  ///
  /// - Returns: nil where it is to be interpreted this time.
  func code(
    for block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32, _ cache: CodeCache<Instruction>
  ) -> UnsafeRawPointer? {
    if let found = code.find(block.pointee.translations, pc: pc) { return found }
    guard block.pointee.isValid else { return nil }
    block.pointee.heat &+= 1
    guard block.pointee.heat > code.threshold else { return nil }
    guard code.hasRoom(for: BlockTranslator.longestCode) else {
      cache.flush()
      return nil
    }
    let thunks = thunks
    let added = code.add(UnsafeMutableRawPointer(block), pc: pc, after: block.pointee.translations) {
      var translator = BlockTranslator($0, thunks, block, pc: pc, number: $1, firstLink: $2)
      let retreat = translator.translate()
      return HostCode.Written(assembler: translator.a, retreat: retreat, links: translator.links)
    }
    block.pointee.translations = added.translations
    return added.code
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
    code.abandon(block.pointee.translations) { _, _ in }
    block.pointee.translations = nil
  }

  /// What it has done.
  var statistics: TranslatorStatistics {
    code.statistics(entries: entries) { number in
      Operation.allCases.first { Int($0.rawValue) == number }.map { "\($0)" } ?? "\(number)"
    }
  }

  /// Forgets everything.
  func flush() {
    code.flush()
    forgetJumps()
  }
}
