import DeviceModel
import Emit
import Engine

/// The host code of one CPU's blocks.
final class Translator: HostSide {
  /// How many bits of a core's mode there are.
  static var modeBits: Int { 6 }

  let code: HostCode
  private let thunks: TranslationThunks
  let enter: HostCode.Entry
  private let jumps: UnsafeMutablePointer<TranslatedJump>
  /// The bits of the core's `jumpVersion` that tags have not, when jumps were remembered.
  private var epoch: UInt64 = 0

  private let core: UnsafeMutablePointer<Core>
  /// The decoded blocks.
  private unowned(unsafe) let blocks: CodeCache<Instruction>
  /// Where code is executed.
  private let base: UnsafeRawPointer
  /// Of each operation whether its handler asks for the arithmetic flags, or changes them.
  let needsFlags: UnsafePointer<Bool>

  /// Room for `size` bytes of code of what is in `blocks`.
  init(
    core: UnsafeMutablePointer<Core>, _ blocks: CodeCache<Instruction>, size: Int, threshold: Int32
  ) throws {
    self.blocks = blocks
    self.core = core
    var written: TranslationThunks?
    code = try HostCode(size: size, operations: Operation.allCases.count, threshold: threshold) {
      written = TranslationThunks(&$0, handler: CPU.callInterpreter, giveX87: CPU.giveX87)
    }
    guard let written else { preconditionFailure("code memory without thunks") }
    thunks = written
    base = code.address(0)
    enter = unsafeBitCast(code.address(thunks.enter), to: HostCode.Entry.self)
    core.pointee.saveX87 = unsafeBitCast(
      code.address(thunks.saveX87), to: (@convention(c) (UnsafeMutableRawPointer) -> Void).self)
    jumps = (UnsafeMutableRawPointer(core) + TranslationLayout.jumps).bindMemory(
      to: TranslatedJump.self, capacity: TranslatedJump.count)
    let needs = UnsafeMutablePointer<Bool>.allocate(capacity: Operation.allCases.count)
    for operation in Operation.allCases { (needs + Int(operation.rawValue)).initialize(to: operation.needsFlags) }
    needsFlags = UnsafePointer(needs)
    forgetJumps()
  }

  deinit { needsFlags.deallocate() }

  /// The code of `block` at `pc`, made when it is hot enough.
  ///
  /// - Returns: nil where it is to be interpreted this time; or all was forgotten, also `block`, and the core's
  ///   `jumpVersion` is another.
  @inline(__always)
  func translation(
    for block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32
  ) -> UnsafeMutablePointer<TranslatedBlock>? {
    if let found = TranslatedBlock.find(block.pointee.translations, pc: pc) { return found }
    guard block.pointee.isValid else { return nil }
    block.pointee.heat &+= 1
    // What is overwritten again and again has to be asked for more often each time.
    let abandoned = TranslatedBlock.abandoned(block.pointee.translations, pc: pc)
    return block.pointee.heat > code.threshold &+ abandoned &* 16 ? translate(block, pc: pc) : nil
  }

  /// Where the code of a translation is executed.
  @inline(__always)
  func address(_ translation: UnsafeMutablePointer<TranslatedBlock>) -> UnsafeRawPointer {
    base + Int(translation.pointee.entry)
  }

  /// How many instructions the code of a translation pays for at its top.
  @inline(__always)
  func count(_ translation: UnsafeMutablePointer<TranslatedBlock>) -> Int {
    Int(translation.pointee.block.assumingMemoryBound(to: Block<Instruction>.self).pointee.count)
  }

  @inline(never)
  private func translate(
    _ block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32
  ) -> UnsafeMutablePointer<TranslatedBlock>? {
    guard code.hasRoom(for: BlockTranslator.longestCode) else {
      blocks.flush()
      return nil
    }
    let version = core.pointee.jumpVersion
    let unit = CPU(core).findUnit(block)
    guard core.pointee.jumpVersion == version else { return nil }
    let thunks = thunks
    let isLogged = CPU(core).owner.logged.contains(.hostCode)
    let isParallel = core.pointee.gate != nil
    var starts: [Int] = []
    let added = code.add(UnsafeMutableRawPointer(unit), pc: pc, after: block.pointee.translations) {
      var translator = BlockTranslator(
        $0, thunks, unit, pc: pc, number: $1, firstLink: $2, isLogged: isLogged, isParallel: isParallel)
      let retreat = translator.translate()
      if isLogged { starts = translator.starts + [translator.a.position] }
      return HostCode.Written(assembler: translator.a, retreat: retreat, links: translator.links)
    }
    if isLogged { CPU(core).logHostCode(unit, pc: pc, starts, code.address) }
    block.pointee.translations = added.translations
    unit.pointee.translations = added.translations
    return added.translations.assumingMemoryBound(to: TranslatedBlock.self)
  }

  // MARK: The jump cache

  /// What `core` adds to an address now.
  func jumpTag(_ core: UnsafeMutablePointer<Core>) -> UInt64 {
    let version = core.pointee.jumpVersion
    let versionBits = UInt64(32 - Self.modeBits)
    if version >> versionBits != epoch {
      epoch = version >> versionBits
      forgetJumps()
    }
    return (version << UInt64(Self.modeBits) | UInt64(core.pointee.mode)) << 32
  }

  /// Jumps to `target` lead to the code of `block`, as long as the core's `jumpTag` is `tag`, or its page where it is.
  @inline(__always)
  func remember(
    _ target: UInt32, tag: UInt64, _ block: UnsafeMutablePointer<Block<Instruction>>, _ code: UnsafeRawPointer
  ) {
    let entry = jumps + Int(TranslationLayout.jumpIndex(target) >> 2)
    let host = block.pointee.secondHost == nil ? UInt(bitPattern: block.pointee.host) : 0
    entry.pointee = TranslatedJump(tag: tag | UInt64(target), code: UInt(bitPattern: code), host: host)
  }

  /// No jump is remembered any more.
  private func forgetJumps() { jumps.update(repeating: TranslatedJump(), count: TranslatedJump.count) }

  // MARK: Forgetting

  /// The block was overwritten.
  func abandon(_ block: UnsafeMutablePointer<Block<Instruction>>) {
    code.abandon(block.pointee.translations) { pc, code in
      // Its code asks for a jump to another there.
      let entry = jumps + Int(TranslationLayout.jumpIndex(pc) >> 2)
      if entry.pointee.code == UInt(bitPattern: code) { entry.pointee = TranslatedJump() }
    }
    block.pointee.translations = nil
  }

  /// Forgets everything.
  func flush() {
    code.flush()
    forgetJumps()
  }

  /// What it has done.
  var statistics: TranslatorStatistics {
    code.statistics { "\(Operation.allCases[$0])" }
  }
}
