/// A file of pictures with their times, as it grows: it is whole after each of them.
protocol RecordingFormat {
  /// Whether a picture of this size can be added.
  func fits(width: Int, height: Int) -> Bool
  /// Adds what has changed to a picture that is shown from `time` on, in nanoseconds since the first.
  mutating func add(
    _ pixels: [UInt32], width: Int, height: Int, changed: PixelRectangle, at time: Int64
  ) throws(HostError)
  /// The last picture was shown until `time`.
  mutating func finish(at time: Int64) throws(HostError)
}
