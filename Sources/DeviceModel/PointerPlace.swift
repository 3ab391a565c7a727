/// A place on a screen, from its upper left corner on.
public struct PointerPlace: Equatable, Sendable {
  /// What the right and the lower edge are.
  public static let limit: UInt16 = 0x7fff
  /// 0 to `limit`.
  public let x: UInt16
  /// 0 to `limit`.
  public let y: UInt16

  /// That place, or the nearest on the screen.
  public init(x: Int, y: Int) {
    self.x = UInt16(min(max(x, 0), Int(Self.limit)))
    self.y = UInt16(min(max(y, 0), Int(Self.limit)))
  }
}
