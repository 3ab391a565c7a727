/// What answers accesses to a region of an address space: a device, seen from the bus.
///
/// Both calls are made on the machine's thread. Offsets and values come from the guest: anything goes.
public protocol BusTarget: AnyObject {
  /// Reads `width` bytes (1, 2, 4 or 8, within what the region allows) at `offset` from the start of region
  /// `region`; bits above the width are ignored by the caller.
  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64
  /// Writes the low `width` bytes of `value`; bits above the width are zero.
  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int)
}
