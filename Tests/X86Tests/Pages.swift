import X86

/// Page tables of 32-bit paging for a `ProtectedMachine`: the first MiB is mapped to itself.
struct Pages {
  let machine: ProtectedMachine
  private static let directory: UInt64 = 0x60000
  private static let tables: UInt64 = 0x61000

  init(_ machine: ProtectedMachine) {
    self.machine = machine
    for table in 0..<8 as Range<UInt64> {
      machine.memory.write((Self.tables + table << 12) | 7, Self.directory + table * 4, width: 4)
    }
    for page in 0..<256 as Range<UInt64> { map(page << 12, to: page << 12) }
  }

  /// Where the entry for a page below 32 MiB is.
  func entry(_ linear: UInt64) -> UInt64 { Self.tables + (linear >> 12) * 4 }

  /// Maps a page, with `rights` in the low bits of its entry.
  func map(_ linear: UInt64, to physical: UInt64, rights: UInt64 = 7) {
    machine.memory.write(physical | rights, entry(linear), width: 4)
  }

  /// Switches paging on.
  func enable() {
    machine.update {
      $0.cr3 = Self.directory
      $0.cr0 |= 1 << 31
    }
  }

  static func bytes(_ value: UInt64) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  /// The displacement of a branch to `target` from an instruction that ends at `end`.
  static func relative(_ target: UInt64, from end: UInt64) -> [UInt8] { bytes(target &- end) }
}
