public import DeviceModel

/// The models of this module, one line each.
public let virtioDevices: [any Device.Type] = [
  VirtioMMIO.self
]
