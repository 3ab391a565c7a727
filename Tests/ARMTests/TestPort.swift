import GuestMemory

/// A device that calls the test at every access.
final class TestPort: BusTarget {
  static let base: UInt32 = 0x2000_0000

  var onRead: (UInt64) -> UInt64 = { _ in 0 }
  var onWrite: (UInt64, UInt64) -> Void = { _, _ in }

  /// A port of 4 KiB at `base`.
  init(_ machine: TestMachine) {
    machine.memory.map(
      Region("port", base: UInt64(Self.base), size: 0x1000, content: .device(self, region: 0, widths: 1...4)))
  }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 { onRead(offset) }
  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) { onWrite(offset, value) }
}
