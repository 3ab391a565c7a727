import GuestMemory

/// Which pages of the memory have changed since they were drawn.
struct VGAPages {
  /// Whether everything has to be drawn.
  let isAll: Bool
  private let first: Int
  private var changed: [Bool]
  private(set) var isEmpty = true

  /// Those that hold `bytes`; `consumer` sees them drawn. Without one nobody knows what has changed.
  init(_ bytes: Range<Int>, of consumer: DirtyConsumer?, all: Bool) {
    isAll = all || consumer == nil
    first = bytes.lowerBound >> RAMBlock.pageShift
    let end = bytes.isEmpty ? first : (bytes.upperBound - 1) >> RAMBlock.pageShift + 1
    var changed = [Bool](repeating: false, count: end - first)
    var isEmpty = !isAll
    consumer?.take(first..<end) { [first] run in
      for page in run { changed[page - first] = true }
      isEmpty = false
    }
    self.changed = changed
    self.isEmpty = isEmpty
  }

  /// Whether something of `count` bytes at `offset` has changed; what is not among the pages has.
  func touch(_ offset: Int, _ count: Int) -> Bool {
    if isAll { return true }
    guard count > 0 else { return false }
    for page in offset >> RAMBlock.pageShift...(offset + count - 1) >> RAMBlock.pageShift {
      let index = page - first
      if !changed.indices.contains(index) || changed[index] { return true }
    }
    return false
  }
}
