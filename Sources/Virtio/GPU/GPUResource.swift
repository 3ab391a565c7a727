import SavedState

/// A picture that the driver has made (Virtual I/O Device 1.2, 5.7.6.8). Its dots, 4 bytes each, and the list of its
/// backing pages are in the device's memory.
struct GPUResource: DeviceState {
  /// The most dots of a side.
  static let sideLimit: UInt32 = 16384

  /// The driver's number for it; not 0.
  var id: UInt32 = 0
  /// Dots in a row, and rows.
  var width: UInt32 = 0
  var height: UInt32 = 0
  /// How the bytes of a dot lie.
  var format = GPUFormat.b8g8r8x8
  /// The first page of its dots in the device's memory.
  var page: UInt32 = 0
  /// The first page of the list of its backing, 16 bytes an entry: an address and a length.
  var backingPage: UInt32 = 0
  /// How many pieces of guest memory it is backed by.
  var backingCount: UInt32 = 0

  static let table = StateTable<GPUResource>("virtio-gpu-resource") {
    saved(\.id)
    saved(\.width, in: 0...sideLimit)
    saved(\.height, in: 0...sideLimit)
    saved(\.format)
    saved(\.page)
    saved(\.backingPage)
    saved(\.backingCount, in: 0...GPUMemory.backingLimit)
  } validate: { resource in
    guard resource.pages.upperBound <= GPUMemory.pageCount, resource.backingPages.upperBound <= GPUMemory.pageCount
    else { return "resource \(resource.id) lies outside the device's memory" }
    return nil
  }

  /// Bytes of its dots.
  var size: Int { Int(width) * Int(height) * 4 }
  /// The pages of its dots.
  var pages: Range<Int> { Int(page)..<Int(page) + GPUMemory.pages(size) }
  /// The pages of the list of its backing.
  var backingPages: Range<Int> { Int(backingPage)..<Int(backingPage) + GPUMemory.pages(Int(backingCount) * 16) }

  /// Whether all of `rectangle` lies in it.
  func contains(_ rectangle: GPURectangle) -> Bool {
    UInt64(rectangle.x) + UInt64(rectangle.width) <= width && UInt64(rectangle.y) + UInt64(rectangle.height) <= height
  }
}
