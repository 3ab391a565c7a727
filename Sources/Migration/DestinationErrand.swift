import SavedState

/// What the destination's thread needs the machine's thread for.
enum DestinationErrand: Sendable {
  /// Everything of an offer that does not fit; none: it is accepted.
  case look(Offer)
  /// Empty the memory; with `mirrors` also the disks that can be written, which become copies.
  case begin(mirrors: Bool)
  /// Let connections in, which are channels of this migration; and no more of them.
  case open(DestinationChannels)
  case shut
  /// Do what the machine's state will need, with the one that was offered: the guest stands still when it comes, and what
  /// has just been used is at hand.
  case rehearse
  /// Take the state over; the guest does not run yet. `verifies`: the pages that may not be zero are wanted, too.
  /// With `absent`, the pages that are to come when the guest runs.
  case load(StateNode, isRunning: Bool, input: [String: [UInt8]], verifies: Bool, absent: [[Range<Int>]]?)
  /// Let it run.
  case run
  /// A page has come that the machine was stopped for.
  case relieve
  /// Something of the progress has changed that others want to hear of.
  case news
  /// It is over. Nobody looked at an offer of a check.
  case over(Verdict, MigrationError?, isCheck: Bool)
}

/// The answers.
enum DestinationReply: Sendable {
  case done
  case reasons([String])
  case memory([any PageStore])
  /// The machine's own tree after it took the other over. With `backed`, the pages that may not be zero.
  case loaded(StateNode, backed: [[Range<Int>]], late: LateMemory?)
  case refused(MigrationError)
}
