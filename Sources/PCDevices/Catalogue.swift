public import DeviceModel

/// The models of this module, one line each.
public let pcDevices: [any Device.Type] = [
  I8254.self,
  I8259.self,
  UART16550.self,
]
