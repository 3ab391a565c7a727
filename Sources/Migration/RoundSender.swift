/// What carries the pages of rounds to the other side.
protocol RoundSender: AnyObject {
  /// Sends the pages of `runs`, by block, ascending, as those of a round.
  ///
  /// - Returns: how many pages were named, and what is left when `isOver` has said so.
  func send(
    _ runs: [[Range<Int>]], round: UInt32, isLast: Bool, until isOver: @escaping @Sendable () -> Bool
  ) throws(MigrationError) -> (count: UInt64, left: [[Range<Int>]])

  /// The sum of each block's pages, as the destination has them.
  var sums: [UInt64] { get }

  /// What became of all pages so far.
  var counts: PageCounts { get }
}
