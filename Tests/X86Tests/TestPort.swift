import GuestMemory

/// A device that calls the test at every access, in memory and as a port.
final class TestPort: BusTarget {
  static let base: UInt64 = 0x2000_0000
  /// Its address as it stands in an instruction.
  static let address: [UInt8] = [0, 0, 0, 0x20]

  var onRead: (UInt64) -> UInt64 = { _ in 0 }
  var onWrite: (UInt64) -> Void = { _ in }

  /// 4 KiB at `base`.
  var window: Region {
    Region("window", base: Self.base, size: 0x1000, content: .device(self, region: 0, widths: 1...4))
  }
  /// Port 300H.
  var region: Region { Region("port", base: 0x300, size: 1, content: .device(self, region: 1, widths: 1...4)) }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { onRead(offset) }
  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) { onWrite(value) }
}
