public import DeviceModel

/// The models of this module, one line each.
public let virtioDevices: [any Device.Type] = [
  VirtioMMIO.self,
  VirtioBalloon.self, VirtioBlock.self, VirtioGPU.self, VirtioKeyboard.self, VirtioMouse.self, VirtioNet.self,
  VirtioRNG.self, VirtioSerial.self, VirtioTablet.self,
]
