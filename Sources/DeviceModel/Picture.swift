/// What a device shows, as dots. Looking at it changes nothing in the machine.
public protocol Picture: AnyObject {
  /// Dots in a row, at least 1.
  var width: Int { get }
  /// Rows of dots, at least 1.
  var height: Int { get }
  /// 0x00RRGGBB, row after row.
  var pixels: [UInt32] { get }
  /// Brings the dots to the present; false when there is nothing new since the last call. `now` is the host's
  /// monotonic clock in nanoseconds, for what blinks.
  func update(_ now: Int64) -> Bool
  /// Rows outside which the last call that was true changed nothing.
  var changedRows: Range<Int> { get }
}

extension Picture {
  public var changedRows: Range<Int> { 0..<height }
}
