/// A cable that nobody is at.
public final class NoNetwork: NetworkEnd {
  /// One called `name`.
  public override init(name: String, poller: Poller, time: NetworkTime) {
    super.init(name: name, poller: poller, time: time)
  }

  override var isConnected: Bool { true }
}
