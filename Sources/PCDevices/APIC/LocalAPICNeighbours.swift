import DeviceModel

/// Who a local APIC talks to besides its bus.
struct LocalAPICNeighbours: HostSide {
  weak var cpu: (any CPUInterruptSink)?
  weak var pic: (any InterruptAcknowledger)?
}
