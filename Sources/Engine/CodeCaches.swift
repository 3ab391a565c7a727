public import DeviceModel
public import GuestMemory

/// The code caches of one machine: one that its CPUs share, or one for each, where each makes host code of its own.
///
/// RAM has one word a page and one observer for them all. What a store overwrites, and that pages become clean, concerns
/// every cache; a piece is marked as long as one of them has code of it.
public final class CodeCaches: PageObserver, HostSide {
  private struct Member {
    unowned(unsafe) let cache: any CodeHolder
  }

  private var members: [Member] = []
  /// They stay while addresses in them are keys.
  private var watched: [RAMBlock] = []
  /// Called before anything of a CPU is changed that its host code looks at, where CPUs execute on threads of their own.
  public var stopOthers: (() -> Void)?

  /// Without any; each joins when it is made.
  public init() {}

  func add(_ cache: any CodeHolder) { members.append(Member(cache: cache)) }
  func remove(_ cache: any CodeHolder) { members.removeAll { $0.cache === cache } }

  /// Makes sure that stores to code in `ram`, and its pages becoming clean, are heard of.
  func watch(_ ram: RAMBlock) {
    guard !ram.isObserved else { return }
    watched.append(ram)
    ram.observer = self
  }

  /// The word of a page of which a cache is about to have code: no CPU writes that without looking at the word.
  func word(_ ram: RAMBlock, page: Int) -> UnsafeMutablePointer<UInt64> {
    let word = ram.code + page
    if word.pointee == 0 {
      watch(ram)
      let host = ram.unguarded + (page << RAMBlock.pageShift)
      stopOthers?()
      for member in members { member.cache.forgetWritable(host: host) }
    }
    return word
  }

  // MARK: PageObserver

  public func codeWritten(_ block: RAMBlock, offset: Int, count: Int) -> UInt64 {
    let page = UInt(bitPattern: block.unguarded + (offset & ~(RAMBlock.pageSize - 1)))
    let start = UInt(bitPattern: block.unguarded + offset)
    stopOthers?()
    return members.reduce(0) { $0 | $1.cache.codeWritten(start..<start + UInt(count), page: page) }
  }

  public func contentsReplaced(_ block: RAMBlock) {
    stopOthers?()
    for member in members { member.cache.contentsReplaced() }
  }

  public func pagesBecomeClean() {
    stopOthers?()
    for member in members { member.cache.forgetWritable(host: nil) }
  }
}
