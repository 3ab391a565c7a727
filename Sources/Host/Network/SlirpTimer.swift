/// A timer of libslirp's.
final class SlirpTimer {
  /// When it fires, in milliseconds of the machine's clock; nil while it does not.
  var deadline: Int64?
  let fire: () -> Void

  init(_ fire: @escaping () -> Void) { self.fire = fire }
}
