public import DeviceModel
public import GuestMemory

/// The code caches of one machine: one that its CPUs share, or one for each, where each makes host code of its own.
///
/// RAM has one mark and one observer for them all. What a store overwrites, and that pages become clean, concerns every
/// cache; a page is marked as long as one of them has code of it.
public final class CodeCaches: PageObserver, HostSide {
  private struct Member {
    unowned(unsafe) let cache: any CodeHolder
  }

  private var members: [Member] = []
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

  /// A cache has code of that page now: no CPU writes it without asking.
  func mark(_ ram: RAMBlock, page: Int) {
    guard ram.code[page] == 0 else { return }
    watch(ram)
    ram.code[page] = 1
    let host = ram.unguarded + (page << RAMBlock.pageShift)
    stopOthers?()
    for member in members { member.cache.forgetWritable(host: host) }
  }

  /// `flushed` has no code any more: marks are those of the others.
  func clearMarks(of flushed: any CodeHolder) {
    for ram in watched { ram.code.update(repeating: 0, count: ram.pageCount) }
    for member in members where member.cache !== flushed {
      for address in member.cache.codePages {
        for ram in watched {
          let start = UInt(bitPattern: ram.unguarded)
          if address >= start, address - start < UInt(ram.size) {
            ram.code[Int(address - start) >> RAMBlock.pageShift] = 1
          }
        }
      }
    }
  }

  // MARK: PageObserver

  public func codeWritten(_ block: RAMBlock, offset: Int, count: Int) {
    let page = offset >> RAMBlock.pageShift
    let host = UInt(bitPattern: block.unguarded + (page << RAMBlock.pageShift))
    let start = UInt(bitPattern: block.unguarded + offset)
    var isMarked = false
    stopOthers?()
    for member in members where member.cache.codeWritten(start..<start + UInt(count), page: host) { isMarked = true }
    if !isMarked { block.code[page] = 0 }
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
