import DeviceModel

/// The registers by their offsets, with the specification's names.
enum VirtioRegister: UInt64, CaseIterable {
  case magicValue = 0x0
  case version = 0x4
  case deviceID = 0x8
  case vendorID = 0xc
  case deviceFeatures = 0x10
  case deviceFeaturesSelect = 0x14
  case driverFeatures = 0x20
  case driverFeaturesSelect = 0x24
  case guestPageSize = 0x28
  case queueSelect = 0x30
  case queueNumMax = 0x34
  case queueNum = 0x38
  case queueAlign = 0x3c
  case queuePFN = 0x40
  case queueReady = 0x44
  case queueNotify = 0x50
  case interruptStatus = 0x60
  case interruptACK = 0x64
  case status = 0x70
  case queueDescLow = 0x80
  case queueDescHigh = 0x84
  case queueDriverLow = 0x90
  case queueDriverHigh = 0x94
  case queueDeviceLow = 0xa0
  case queueDeviceHigh = 0xa4
  case sharedSelect = 0xac
  case sharedLengthLow = 0xb0
  case sharedLengthHigh = 0xb4
  case sharedBaseLow = 0xb8
  case sharedBaseHigh = 0xbc
  case configGeneration = 0xfc

  /// Where the configuration space begins.
  static let configuration: UInt64 = 0x100
  /// Where it ends.
  static let end: UInt64 = 0x200

  /// For people and the audit. Those that depend on what is selected are volatile.
  static func rows(_ kind: VirtioKind) -> [RegisterRow] {
    func row(
      _ name: String, _ register: VirtioRegister, _ access: RegisterRow.Access, reset: UInt64? = nil,
      fields: String = ""
    ) -> RegisterRow {
      RegisterRow(
        name, at: register.rawValue, width: 4, access, reset: reset, isVolatile: reset == nil, fields: fields)
    }
    return [
      row("MagicValue", .magicValue, .readOnly, reset: UInt64(VirtioMMIO.magic)),
      row("Version", .version, .readOnly),
      row("DeviceID", .deviceID, .readOnly, reset: UInt64(kind.id)),
      row("VendorID", .vendorID, .readOnly, reset: UInt64(VirtioMMIO.vendor)),
      row("DeviceFeatures", .deviceFeatures, .readOnly),
      row("DeviceFeaturesSel", .deviceFeaturesSelect, .writeOnly),
      row("DriverFeatures", .driverFeatures, .writeOnly),
      row("DriverFeaturesSel", .driverFeaturesSelect, .writeOnly),
      row("GuestPageSize", .guestPageSize, .writeOnly),
      row("QueueSel", .queueSelect, .writeOnly),
      row("QueueNumMax", .queueNumMax, .readOnly),
      row("QueueNum", .queueNum, .writeOnly),
      row("QueueAlign", .queueAlign, .writeOnly),
      row("QueuePFN", .queuePFN, .readWrite),
      row("QueueReady", .queueReady, .readWrite),
      row("QueueNotify", .queueNotify, .writeOnly),
      row("InterruptStatus", .interruptStatus, .readOnly, reset: 0, fields: "UsedBuffer[0] Configuration[1]"),
      row("InterruptACK", .interruptACK, .writeOnly),
      row(
        "Status", .status, .readWrite,
        fields: "ACKNOWLEDGE[0] DRIVER[1] DRIVER_OK[2] FEATURES_OK[3] DEVICE_NEEDS_RESET[6] FAILED[7]"),
      row("QueueDescLow", .queueDescLow, .writeOnly), row("QueueDescHigh", .queueDescHigh, .writeOnly),
      row("QueueDriverLow", .queueDriverLow, .writeOnly), row("QueueDriverHigh", .queueDriverHigh, .writeOnly),
      row("QueueDeviceLow", .queueDeviceLow, .writeOnly), row("QueueDeviceHigh", .queueDeviceHigh, .writeOnly),
      row("SHMSel", .sharedSelect, .writeOnly),
      row("SHMLenLow", .sharedLengthLow, .readOnly), row("SHMLenHigh", .sharedLengthHigh, .readOnly),
      row("SHMBaseLow", .sharedBaseLow, .readOnly), row("SHMBaseHigh", .sharedBaseHigh, .readOnly),
      row("ConfigGeneration", .configGeneration, .readOnly),
      RegisterRow(
        "Config", at: configuration, count: Int(end - configuration), .readWrite, reset: nil, isVolatile: true),
    ]
  }
}
