extension Range<Int> {
  /// What of it `isIn`, in runs that ascend and do not touch.
  @inlinable
  public func runs(where isIn: (Int) -> Bool) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for index in self {
      if isIn(index) {
        start = start ?? index
      } else if let first = start {
        runs.append(first..<index)
        start = nil
      }
    }
    if let start { runs.append(start..<upperBound) }
    return runs
  }
}
