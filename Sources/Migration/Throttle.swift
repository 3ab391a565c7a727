import Glibc
import Host

/// Takes part of its time from the guest, so that it changes fewer pages.
final class Throttle {
  /// How much, in percent.
  var percent: Int
  private let poller: Poller
  /// One turn, in nanoseconds.
  private static let turn: Int64 = 10_000_000

  init(_ poller: Poller, percent: Int) {
    self.poller = poller
    self.percent = percent
    next()
  }

  private func next() {
    let run = Self.turn * Int64(100 - percent) / 100
    poller.after(run) { [weak self] in
      guard let self else { return }
      usleep(UInt32((Self.turn - run) / 1000))
      self.next()
    }
  }
}
