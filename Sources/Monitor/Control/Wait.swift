import Host

/// Waits until something can be seen of the guest: a few times in a second it is looked for.
final class Wait: Awaited {
  /// How often, in nanoseconds.
  private static let interval: Int64 = 10_000_000
  private(set) var isOver = false
  private(set) var failure: CommandError?
  let progressText: String? = nil
  private let isThere: () -> Bool
  private let refusal: () -> CommandError
  private let end: Int64
  private let poller: Poller
  private var waiting: [() -> Void] = []

  /// Waits for at most `seconds` of the host's time; `refusal` says what is there instead.
  init(_ poller: Poller, seconds: Int, until isThere: @escaping () -> Bool, refusal: @escaping () -> CommandError) {
    self.poller = poller
    self.isThere = isThere
    self.refusal = refusal
    end = poller.monotonic + Int64(seconds) * 1_000_000_000
    look()
  }

  /// Looks now; `last` when there is no later.
  func look(last: Bool = false) {
    guard !isOver else { return }
    if isThere() {
      isOver = true
    } else if last || poller.monotonic >= end {
      failure = refusal()
      isOver = true
    } else {
      return poller.after(Self.interval) { [weak self] in self?.look() }
    }
    let bodies = waiting
    waiting = []
    for body in bodies { body() }
  }

  func whenOver(_ body: @escaping () -> Void) {
    if isOver { body() } else { waiting.append(body) }
  }
}
