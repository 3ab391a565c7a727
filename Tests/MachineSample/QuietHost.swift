import DeviceModel

/// A host without descriptors, whose clock the test moves.
package final class QuietHost: HostEvents {
  package var monotonic: Int64 = 0
  package var isCongested: Bool { false }
  /// Called in each poll; gets the timeout.
  package var onPoll: ((Int64?) -> Void)?

  /// Has nothing to say.
  package init() {}

  package func poll(timeout: Int64?) {
    monotonic += timeout ?? 1_000_000
    onPoll?(timeout)
  }
}
