import GuestMemory
import SavedState

/// What the source's thread needs the machine's thread for.
enum SourceErrand: Sendable {
  /// The offer.
  case offer
  /// Watch memory from now on; with `mirrors` also the disks that can be written.
  case begin(mirrors: Bool)
  /// The pages that changed since they were last asked for, now clean.
  case take
  /// How many there are.
  case count
  /// The state as it is while the guest runs, for practice.
  case rehearse
  /// Stop the guest.
  case stop
  /// The state, and the last pages.
  case handOver
  /// The machine is not to run here any more.
  case giveUp
  /// Whatever was done: the machine is this side's.
  case takeBack
  /// Something of the progress has changed that others want to hear of.
  case news
  /// A round has begun.
  case pass(Int)
  /// It does not converge: take more of the guest's time.
  case throttle
  /// It is over; with `rest` it may go on over another connection.
  case over(Verdict, MigrationError?, rest: BrokenDeparture?)
}

/// The answers.
enum SourceReply: Sendable {
  case done
  case offer(Offer)
  case memory([any PageStore], [AbsentPages])
  case runs([[Range<Int>]])
  case count(Int)
  case state(StateNode)
  case stopped(wasRunning: Bool)
  /// With `backed`, the pages that may not be zero, when they were asked for; `times` are the nanoseconds that each
  /// device took.
  case handOver(
    StateNode, input: [String: [UInt8]], runs: [[Range<Int>]], backed: [[Range<Int>]], times: [String: Int64])
  case refused(MigrationError)
}
