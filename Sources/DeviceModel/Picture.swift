/// What a device shows, as dots. Looking at it changes nothing in the machine.
public protocol Picture: AnyObject {
  /// Dots in a row, at least 1.
  var width: Int { get }
  /// Rows of dots, at least 1.
  var height: Int { get }
  /// 0x00RRGGBB, row after row.
  var pixels: [UInt32] { get }
  /// The rows that the last `update` has changed; no others have.
  var changedRows: Range<Int> { get }
  /// The characters of a text mode, a line a row without the blanks at its end; nil while it shows no text mode.
  var text: [String]? { get }
  /// Brings the dots to the present; false when there is nothing new since the last call. `now` is the host's
  /// monotonic clock in nanoseconds, for what blinks: 0 is a moment at which all of that is to be seen.
  func update(_ now: Int64) -> Bool
}

extension Picture {
  /// All of them.
  public var changedRows: Range<Int> { 0..<height }
  /// None.
  public var text: [String]? { nil }
}
