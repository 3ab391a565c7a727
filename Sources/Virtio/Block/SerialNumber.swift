import DeviceModel

/// What a block device answers when it is asked for its ID (Virtual I/O Device 1.2, 5.2.6).
struct SerialNumber: HostSide {
  /// 20 of them, or fewer and a zero.
  let bytes: [UInt8]

  init(_ text: String) {
    let bytes = Array(text.utf8.prefix(20))
    self.bytes = bytes.count < 20 ? bytes + [0] : bytes
  }
}
