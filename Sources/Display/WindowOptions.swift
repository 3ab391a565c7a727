/// How a window begins.
public struct WindowOptions: Sendable {
  public var title: String
  /// Dots of the host, as it counts them for windows, for one of the picture's; 0.25 to 16.
  public var scale = 1.0
  public var isFullScreen = false

  /// A window called `title`.
  public init(title: String) { self.title = title }
}
