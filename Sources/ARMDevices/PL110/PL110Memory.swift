import GuestMemory

/// Guest memory as the controller's bus master sees it: RAM and ROM answer, everything else is a bus error.
enum PL110Memory {
  /// Some bytes of the address space.
  struct Stretch: Equatable {
    var address: UInt64
    var count: Int
  }

  /// Whether memory answers everywhere.
  static func isReadable(_ space: AddressSpace, _ stretches: [Stretch]) -> Bool {
    stretches.allSatisfy { stretch in
      let last = stretch.address &+ UInt64(stretch.count - 1)
      var place = stretch.address
      // The controller has 32 address lines.
      guard last <= UInt64(UInt32.max) else { return false }
      while true {
        guard let span = space.span(at: place), case .memory = span.region.content else { return false }
        if span.last >= last { return true }
        place = span.last + 1
      }
    }
  }

  /// The block that holds all of `stretch`, and where in it; nil when it is not in one piece.
  static func block(_ space: AddressSpace, _ stretch: Stretch) -> (block: RAMBlock, offset: Int)? {
    guard let span = space.span(at: stretch.address), span.last - stretch.address >= UInt64(stretch.count - 1),
      case .memory(let block, let start) = span.region.content
    else { return nil }
    return (block, start + Int(stretch.address - span.region.base))
  }
}
