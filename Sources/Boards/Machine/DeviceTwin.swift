public import DeviceModel
import GuestMemory
import PCDevices

/// A device in the state of one of a machine's, connected to nothing: what is done to it the machine never notices.
/// Its registers read as the guest would read them now, with all that reading does.
public final class DeviceTwin {
  private let device: any Device
  /// Devices hold their sites weakly.
  private let site: Site

  init(of device: any Device, named name: String, parameters: [String: String], epoch: Int64, now: Int64) {
    site = Site(name: name, clock: VirtualClock { now }, memory: AddressSpace(name: "none"))
    site.parameters = parameters
    site.epoch = epoch
    self.device = device.copied(to: site)
    // The page of the registers is gone in x2APIC mode, and they are looked for by their places in it.
    if let apic = self.device as? LocalAPIC { apic.state.base &= ~0x400 }
  }

  /// What a guest would read from `row`, in the row's width.
  public func read(_ row: RegisterRow) -> UInt64 {
    for write in row.select { device.busWrite(write.value, write.offset, width: write.width, region: write.region) }
    let value = device.busRead(row.offset, width: row.width, region: row.region)
    return row.width >= 8 ? value : value & ((1 << UInt64(row.width * 8)) - 1)
  }
}

extension Device {
  fileprivate func copied(to site: Site) -> any Device {
    let copy = Self(site)
    copy.state = state
    copy.settle()
    return copy
  }
}
