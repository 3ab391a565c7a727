/// What an answer is held back for.
public protocol Awaited: AnyObject {
  var isOver: Bool { get }
  /// Why it failed; nil before it is over and when it went well.
  var failure: CommandError? { get }
  /// How far it is, for people; nil where nobody knows.
  var progressText: String? { get }
  /// Calls `body` once it is over: at once if it is.
  func whenOver(_ body: @escaping () -> Void)
}
