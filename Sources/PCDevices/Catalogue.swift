public import DeviceModel

/// The models of this module, one line each.
public let pcDevices: [any Device.Type] = [
  I8042.self,
  I8254.self,
  I8259.self,
  MC146818.self,
  SystemPorts.self,
  UART16550.self,
]
