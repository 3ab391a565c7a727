/// What of a board's address space is RAM and ROM, and which of its places have names though nothing answers there.
public struct MemoryDescription: Sendable {
  /// Addresses from `base` on.
  public struct Range: Sendable {
    /// The first address.
    public let base: UInt64
    /// Bytes.
    public let size: UInt64

    /// The last address.
    var last: UInt64 { base + (size - 1) }
  }

  /// Where a part of the RAM can be seen. Windows are filled in their order.
  public struct Window: Sendable {
    /// The name in logs.
    public let name: String
    /// Where it is, and how much RAM it has room for.
    public let range: Range
    /// Where the same RAM can be seen again.
    public let aliases: [UInt64]
    let place: Place
  }

  /// Memory that the guest cannot write.
  public struct ROM: Sendable {
    /// The name of its block.
    public let name: String
    /// Where it is.
    public let range: Range
    /// Where its beginning answers too, before any RAM, while the board's input `remap` is low.
    public let boot: Range?
    let place: Place
  }

  /// A place where nothing answers, not even RAM that would be there.
  public struct Hole: Sendable {
    /// The name in logs.
    public let name: String
    /// Where it is.
    public let range: Range
    let place: Place
  }

  /// Bytes of RAM where `-m` names none.
  public let defaultSize: UInt64
  /// Bytes of RAM that the board can hold.
  public let maximumSize: UInt64
  /// There is one at least, and all of them together have room for `maximumSize`.
  public let windows: [Window]
  /// In the order of the file.
  public let roms: [ROM]
  /// In the order of the file.
  public let holes: [Hole]

  /// Everything that has a name.
  var names: [(name: String, place: Place)] {
    windows.map { ($0.name, $0.place) } + roms.map { ($0.name, $0.place) } + holes.map { ($0.name, $0.place) }
  }

  /// The parts of `size` bytes of RAM: where each window begins, how much of it is filled, and with what offset.
  func parts(of size: UInt64) -> [(window: Window, offset: UInt64, size: UInt64)] {
    var offset: UInt64 = 0
    var parts: [(window: Window, offset: UInt64, size: UInt64)] = []
    for window in windows where offset < size {
      let part = min(window.range.size, size - offset)
      parts.append((window, offset, part))
      offset += part
    }
    return parts
  }
}
