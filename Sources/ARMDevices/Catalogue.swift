public import DeviceModel

/// The models of this module, one line each.
public let armDevices: [any Device.Type] = [
  IntegratorCM.self,
  IntegratorCP.self,
  IntegratorLEDs.self,
  IntegratorPIC.self,
  IntegratorTimers.self,
  PL011.self,
  PL031.self,
  PL041.self,
  PL050.self,
  PL110.self,
  PL181.self,
  SMC91C111.self,
]
