import DeviceModel

/// The parameters of a local APIC, read once.
struct LocalAPICOptions: HostSide {
  let id: UInt32
  let isBootstrap: Bool
  let startsAsVirtualWire: Bool
  let hasX2APIC: Bool
  let hasTSCDeadline: Bool
  /// Hertz.
  let busFrequency: UInt64
  let tscFrequency: UInt64

  init(_ site: Site) {
    let model = LocalAPIC.model
    id = UInt32(truncatingIfNeeded: site.integer("id", model))
    isBootstrap = site.flag("bsp", model)
    startsAsVirtualWire = site.flag("virtual-wire", model)
    hasX2APIC = site.flag("x2apic", model)
    hasTSCDeadline = site.flag("tsc-deadline", model)
    busFrequency = UInt64(max(1, site.integer("bus-frequency", model)))
    tscFrequency = UInt64(max(1, site.integer("tsc-frequency", model)))
  }
}
