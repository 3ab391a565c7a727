/// A device that can be told what size of picture would be welcome; its guest may do as it likes.
public protocol ResizableDisplay: PictureSource {
  /// Dots in a row, and rows.
  func resize(width: Int, height: Int)
}
