public import DeviceModel

/// The models of this module, one line each.
public let pcDevices: [any Device.Type] = [
  ACPIEventDevice.self,
  ACPIPowerManagement.self,
  DebugConsole.self,
  DebugExit.self,
  FwCfg.self,
  I8042.self,
  I8254.self,
  I8259.self,
  IOAPIC.self,
  LocalAPIC.self,
  MC146818.self,
  SystemPorts.self,
  UART16550.self,
  VGA.self,
  VGAText.self,
]
