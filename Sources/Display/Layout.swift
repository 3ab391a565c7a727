import DeviceModel

/// Where a picture goes in a window.
struct Layout: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  /// The largest rectangle of the picture's proportions in the middle of `room`.
  init(_ picture: (width: Int, height: Int), in room: (width: Int, height: Int)) {
    precondition(picture.width > 0 && picture.height > 0)
    let isWide = picture.width * room.height > room.width * picture.height
    width = isWide ? room.width : picture.width * room.height / picture.height
    height = isWide ? picture.height * room.width / picture.width : room.height
    (x, y) = ((room.width - width) / 2, (room.height - height) / 2)
  }

  /// What place of the picture a dot of the room is, or is nearest to.
  func place(_ x: Int, _ y: Int) -> PointerPlace {
    let limit = Int(PointerPlace.limit)
    return PointerPlace(x: (x - self.x) * limit / max(1, width - 1), y: (y - self.y) * limit / max(1, height - 1))
  }
}
