/// A part of a picture, in dots.
struct PixelRectangle: Equatable, Sendable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The smallest part outside of which two pictures of that width are equal; nil when they are equal everywhere.
  init?(differing a: [UInt32], _ b: [UInt32], width: Int) {
    precondition(a.count == b.count && width > 0)
    var found: (left: Int, right: Int, top: Int, bottom: Int)?
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for row in 0..<a.count / width {
          let start = row * width
          guard let first = (0..<width).first(where: { a[start + $0] != b[start + $0] }),
            let last = (first..<width).last(where: { a[start + $0] != b[start + $0] })
          else { continue }
          let known = found ?? (first, last, row, row)
          found = (min(known.left, first), max(known.right, last), known.top, row)
        }
      }
    }
    guard let found else { return nil }
    self.init(
      x: found.left, y: found.top, width: found.right - found.left + 1, height: found.bottom - found.top + 1)
  }
}
