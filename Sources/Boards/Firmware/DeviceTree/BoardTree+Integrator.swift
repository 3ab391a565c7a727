/// Parts of the Integrator/CP with children of their own.
extension BoardTree {
  /// The core module's registers: an LED, the oscillators with what is divided from them, an interrupt controller.
  mutating func coreModule(_ at: UInt32) -> [DeviceTreeNode] {
    var node = Self.syscon(
      "core-module@\(Self.hex(at))", at, size: 0x200, ["arm,core-module-integrator", "syscon", "simple-mfd"])
    func fixed(_ name: String, _ handle: UInt32, _ compatible: String) -> DeviceTreeNode {
      var clock = DeviceTreeNode(name)
      clock.set("#clock-cells", 0)
      clock.set("compatible", compatible)
      clock.set("phandle", handle)
      return clock
    }
    let crystal = handle("clock cm24mhz")
    var source = fixed("cm24mhz@24M", crystal, "fixed-clock")
    source.set("clock-frequency", 24_000_000)
    /// A voltage-controlled oscillator whose register opens with the module's lock.
    func oscillator(_ name: String, _ handle: UInt32, _ compatible: String, register: UInt32) -> DeviceTreeNode {
      var clock = fixed(name, handle, compatible)
      clock.set("reg", register, 4)
      clock.set("lock-offset", 0x14)
      clock.set("vco-offset", register)
      clock.set("clocks", crystal)
      return clock
    }
    func divided(_ name: String, _ handle: UInt32, by divisor: UInt32) -> DeviceTreeNode {
      var clock = fixed(name, handle, "fixed-factor-clock")
      clock.set("clock-div", divisor)
      clock.set("clock-mult", 1)
      clock.set("clocks", crystal)
      return clock
    }
    node.children = [
      Self.led("led@c,0", offset: 0xc, mask: 1, label: "integrator:core_module", "cpu0"), source,
      oscillator(
        "clock-controller@8", handle("clock core"), "arm,syscon-icst525-integratorcp-cm-core", register: 8),
      oscillator(
        "clock-controller@8,12", handle("clock memory"), "arm,syscon-icst525-integratorcp-cm-mem", register: 8),
      oscillator("clock-controller@1c", handle("clock auxosc"), "arm,syscon-icst525", register: 0x1c),
      divided("kmiclk@1M", handle("clock kmiclk"), by: 3), divided("timclk@1M", handle("clock timclk"), by: 24),
    ]
    var controller = DeviceTreeNode("cic@\(Self.hex(at &+ 0x40))")
    controller.set("compatible", "arm,versatile-fpga-irq")
    controller.set("#interrupt-cells", 1)
    controller.set("interrupt-controller")
    controller.set("reg", at &+ 0x40, 0x100)
    controller.set("clear-mask", 0xffff_ffff)
    controller.set("valid-mask", 7)
    return [node, controller]
  }

  /// One end of a connection between two devices.
  static func port(
    _ name: String, _ handle: UInt32, to other: UInt32, _ more: (inout DeviceTreeNode) -> Void = { _ in }
  ) -> DeviceTreeNode {
    var endpoint = DeviceTreeNode("endpoint")
    endpoint.set("remote-endpoint", other)
    more(&endpoint)
    endpoint.set("phandle", handle)
    var port = DeviceTreeNode(name)
    port.children = [endpoint]
    return port
  }

  /// A monitor of 640 by 480 points at 60 Hz.
  static func panel(_ port: DeviceTreeNode) -> DeviceTreeNode {
    var timing = DeviceTreeNode("panel-timing")
    let values: [(String, UInt32)] = [
      ("clock-frequency", 25_175_000), ("hactive", 640), ("hback-porch", 40), ("hfront-porch", 24), ("hsync-len", 96),
      ("vactive", 480), ("vback-porch", 32), ("vfront-porch", 11), ("vsync-len", 2), ("hsync-active", 0),
      ("vsync-active", 0), ("de-active", 1), ("pixelclk-active", 1),
    ]
    for (name, value) in values { timing.set(name, value) }
    var node = DeviceTreeNode("panel")
    node.set("compatible", "panel-dpi")
    node.children = [port, timing]
    return node
  }
}
