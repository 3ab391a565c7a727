import DeviceModel
import Emit
import Engine

/// The host code of one CPU's blocks.
final class Translator: HostSide {
  let code: HostCode
  private let thunks: TranslationThunks
  let enter: HostCode.Entry
  private let jumps: UnsafeMutablePointer<TranslatedJump>
  /// Instructions that the interpreter may have to execute, by their number.
  let sites: UnsafeMutablePointer<TranslationSite>
  private let siteCapacity: Int
  private var siteCount = 0
  /// Words of code that were data after all.
  private var writtenConstants: Set<UnsafeMutableRawPointer> = []

  /// Room for `size` bytes of code.
  init(core: UnsafeMutablePointer<Core>, size: Int, threshold: Int32) throws {
    var written: TranslationThunks?
    code = try HostCode(size: size, operations: 256, threshold: threshold) {
      written = TranslationThunks(&$0, handler: CPU.callInterpreter)
    }
    guard let written else { preconditionFailure("code memory without thunks") }
    thunks = written
    siteCapacity = max(4096, size / 24)
    sites = .allocate(capacity: siteCapacity)
    enter = unsafeBitCast(code.address(thunks.enter), to: HostCode.Entry.self)
    jumps = (UnsafeMutableRawPointer(core) + TranslationLayout.jumps).bindMemory(
      to: TranslatedJump.self, capacity: TranslatedJump.count)
    forgetJumps()
  }

  deinit { sites.deallocate() }

  /// The code of `block` at `pc`, made when it is hot enough.
  ///
  /// - Returns: nil where it is to be interpreted this time.
  func code(
    for block: UnsafeMutablePointer<Block<Instruction>>, pc: UInt32, _ cpu: CPU
  ) -> UnsafeRawPointer? {
    if let found = code.find(block.pointee.translations, pc: pc) { return found }
    guard block.pointee.isValid else { return nil }
    block.pointee.heat &+= 1
    // What is overwritten again and again is not worth it.
    let abandoned = TranslatedBlock.abandoned(block.pointee.translations, pc: pc)
    guard block.pointee.heat > code.threshold &+ abandoned &* 16 else { return nil }
    let cache = cpu.owner.code
    guard code.hasRoom(for: BlockTranslator.leastRoom, others: 1100), siteCount + 512 <= siteCapacity else {
      cache.flush()
      return nil
    }
    let thunks = thunks
    let guest = guest(cpu, cache)
    let isLogged = cpu.owner.logged.contains(.hostCode)
    var written: (parts: [UnitPart], starts: [CodeStart], end: Int) = ([], [], 0)
    var unit: [UnsafeMutablePointer<Block<Instruction>>] = []
    let number = code.count
    let limit = min(256, code.room / BlockTranslator.roomForInstruction)
    let added = code.add(UnsafeMutableRawPointer(block), pc: pc, after: block.pointee.translations) {
      var translator = BlockTranslator(
        $0, thunks, block, pc: pc, number: $1, firstLink: $2, guest: guest, limit: limit, isLogged: isLogged)
      let retreat = translator.translate()
      if isLogged { written = (translator.parts, translator.starts, translator.a.position) }
      unit = translator.parts.dropFirst().map(\.block) + translator.constants
      return HostCode.Written(assembler: translator.a, retreat: retreat, links: translator.links)
    }
    if isLogged { cpu.logHostCode(written.parts, written.starts, end: written.end, code.address) }
    block.pointee.translations = added.translations
    for other in unit {
      other.pointee.translations = code.join(
        UnsafeMutableRawPointer(other), to: number, after: other.pointee.translations)
    }
    return added.code
  }

  /// What a translation wants to know.
  private func guest(_ cpu: CPU, _ cache: CodeCache<Instruction>) -> TranslationGuest {
    // Only what has been executed is worth translating; where all is translated at once, nothing has.
    let isEager = code.threshold == 0
    return TranslationGuest { address, near, pc in
      let host = near.pointee.host + Int(Int32(bitPattern: address &- pc))
      if let found = cache.find(host, mode: near.pointee.mode) { return found }
      return isEager ? cpu.decodeNear(address, host: host) : nil
    } constant: { [unowned self] address, near, pc in
      let host = near.pointee.host + Int(Int32(bitPattern: address &- pc))
      guard !cpu.core.pointee.hasWatchpoints, !writtenConstants.contains(host),
        let watch = cache.watch(host, length: 4, mode: Self.constantMode, like: near)
      else { return nil }
      return (host.load(as: UInt32.self), watch)
    } addSite: { [unowned self] site in
      sites[siteCount] = site
      siteCount += 1
      return UInt32(siteCount - 1)
    }
  }

  /// The mode of blocks that are no code.
  private static let constantMode: UInt32 = 0x100

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
    if block.pointee.mode == Self.constantMode { writtenConstants.insert(block.pointee.host) }
    code.abandon(block.pointee.translations) { pc, code in
      // Whoever still jumps to the old code looks for the new one here.
      let entry = jumps + Int(pc >> 2 & UInt32(TranslatedJump.count - 1))
      if entry.pointee.code == UInt(bitPattern: code) { entry.pointee = TranslatedJump() }
    }
    block.pointee.translations = nil
  }

  /// What it has done.
  var statistics: TranslatorStatistics {
    code.statistics { number in
      Operation.allCases.first { Int($0.rawValue) == number }.map { "\($0)" } ?? "\(number)"
    }
  }

  /// Forgets everything.
  func flush() {
    code.flush()
    siteCount = 0
    writtenConstants.removeAll(keepingCapacity: true)
    forgetJumps()
  }
}
