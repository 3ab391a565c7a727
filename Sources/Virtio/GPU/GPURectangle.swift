import SavedState

/// A part of a picture, in dots (Virtual I/O Device 1.2, 5.7.6.7).
struct GPURectangle: DeviceState, Equatable {
  var x: UInt32 = 0
  var y: UInt32 = 0
  var width: UInt32 = 0
  var height: UInt32 = 0

  static let table = StateTable<GPURectangle>("virtio-gpu-rectangle") {
    saved(\.x)
    saved(\.y)
    saved(\.width)
    saved(\.height)
  }
}
