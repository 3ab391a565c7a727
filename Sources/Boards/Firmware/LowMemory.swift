/// Where a loader's own tables go: below 640 KiB when the kernel leaves the place free, as boot loaders do (a
/// kernel may have mapped no more than its first megabytes when it reads them), else above everything.
struct LowMemory {
  private static let preferred: Range<UInt64> = 0x90000..<MemoryMap.extendedBIOSData

  /// A page-aligned place for `size` bytes that no placement uses, inside low RAM; nil when there is none.
  static func place(size: UInt64, beside placements: [Placement], _ machine: FirmwareDescription) -> UInt64? {
    let wanted = preferred.lowerBound..<preferred.lowerBound + size
    if wanted.upperBound <= preferred.upperBound, !placements.contains(where: { $0.range.overlaps(wanted) }) {
      return preferred.lowerBound
    }
    return above(placements, size: size, machine)
  }

  /// A page-aligned place for `size` bytes after the last placement and above 1 MiB.
  static func above(_ placements: [Placement], size: UInt64, _ machine: FirmwareDescription) -> UInt64? {
    let end = placements.map(\.range.upperBound).max() ?? 0
    let start = (max(end, 0x100000) + 0xfff) & ~0xfff
    return start + size <= machine.lowRAM ? start : nil
  }
}
