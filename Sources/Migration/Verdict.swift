/// Which side may run the guest.
public enum Verdict: Sendable, Equatable {
  /// This one.
  case here
  /// The other one.
  case there
  /// This side cannot know: it must not run before somebody has looked.
  case unknown
}
