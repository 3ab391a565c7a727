/// A device that shows a picture.
public protocol PictureSource: AnyObject {
  /// A view of what it shows; each remembers by itself what it has drawn.
  func makePicture() -> any Picture
}
