/// Feature bits of network devices (Virtual I/O Device 1.2, 5.1.3).
enum NetFeature {
  /// Frames of the driver may lack their checksum.
  static let checksum: UInt64 = 1 << 0
  /// Frames to the driver may.
  static let guestChecksum: UInt64 = 1 << 1
  static let mtu: UInt64 = 1 << 3
  static let address: UInt64 = 1 << 5
  /// TCP over IPv4 and IPv6 may come to the driver in pieces that are longer than a frame.
  static let guestTCP4: UInt64 = 1 << 7
  static let guestTCP6: UInt64 = 1 << 8
  /// And from it.
  static let hostTCP4: UInt64 = 1 << 11
  static let hostTCP6: UInt64 = 1 << 12
  static let mergeable: UInt64 = 1 << 15
  static let status: UInt64 = 1 << 16
  static let control: UInt64 = 1 << 17
  static let controlReceive: UInt64 = 1 << 18
  static let controlVLAN: UInt64 = 1 << 19
  static let controlReceiveMore: UInt64 = 1 << 20
  static let announce: UInt64 = 1 << 21
  static let queues: UInt64 = 1 << 22
  static let controlAddress: UInt64 = 1 << 23
}
