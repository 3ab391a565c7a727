import DeviceModel

/// Makes the device tree of a board from its devices: for each model the bindings of Linux.
struct BoardTree {
  private let devices: [PlacedDevice]
  private var tree = DeviceTree()
  private var handles: [String: UInt32] = [:]
  /// Nodes of the bus that the PrimeCells are on.
  private var bus = DeviceTreeNode("fpga")
  /// Clocks that some device has asked for, by name.
  private var clocks: [String: DeviceTreeNode] = [:]
  private var serials: [String] = []

  /// The tree of `board` with `placed` devices and `ram` bytes of RAM.
  static func make(_ board: BoardDescription, _ placed: [PlacedDevice], ram: UInt64) -> DeviceTree {
    var maker = BoardTree(placed)
    maker.build(board, ram)
    return maker.tree
  }

  private init(_ devices: [PlacedDevice]) { self.devices = devices }

  private mutating func build(_ board: BoardDescription, _ ram: UInt64) {
    tree.root.set("#address-cells", 1)
    tree.root.set("#size-cells", 1)
    if devices.contains(where: { $0.model.name == "integrator-cp" }) {
      tree.root.set("model", "ARM Integrator/CP")
      tree.root.set("compatible", "arm,integrator-cp")
    } else {
      tree.root.set("model", board.summary)
      tree.root.set("compatible", "ferry,\(board.name)")
    }
    bus.set("compatible", "simple-bus")
    bus.set("#address-cells", 1)
    bus.set("#size-cells", 1)
    bus.set("ranges")
    var memory = DeviceTreeNode("memory")
    memory.set("device_type", "memory")
    memory.set("reg", 0, UInt32(truncatingIfNeeded: ram))
    tree.root.children = [DeviceTreeNode("chosen"), DeviceTreeNode("aliases"), memory]
    var nodes: [DeviceTreeNode] = []
    for device in devices { nodes += describe(device) }
    tree.root.children += clocks.sorted { $0.key < $1.key }.map(\.value) + nodes
    if !bus.children.isEmpty { tree.root.children.append(bus) }
    tree.root.edit("aliases") { node in
      for (index, path) in serials.enumerated() { node.set("serial\(index)", path) }
    }
  }

  /// A device's nodes at the root; PrimeCells go onto their bus.
  private mutating func describe(_ device: PlacedDevice) -> [DeviceTreeNode] {
    guard let base = device.bases.first ?? nil else { return device.cpu == nil ? [] : processor(device) }
    let at = UInt32(truncatingIfNeeded: base)
    switch device.model.slot ?? device.model.name {
    case "integrator-cm": return coreModule(at)
    case "integrator-pic": return [interruptController(device, at)]
    case "integrator-cp":
      var node = DeviceTreeNode("syscon@\(Self.hex(at))")
      node.set("compatible", "arm,integrator-cp-syscon", "syscon")
      node.set("reg", at, 0x100)
      return [node]
    case "integrator-timers": return timers(device, at)
    case "integrator-leds": bus.children.append(leds(at))
    case "pl031": primeCell("rtc", "arm,pl031", device, at)
    case "pl011":
      serials.append("/fpga/uart@\(Self.hex(at))")
      primeCell("uart", "arm,pl011", device, at, clock: ("uartclk", "uartclk"))
    case "pl050": primeCell("kmi", "arm,pl050", device, at, clock: ("KMIREFCLK", "kmiclk"))
    case "pl181":
      // As fast as its clock allows: this one cannot overrun a slow driver.
      primeCell("mmc", "arm,pl180", device, at, clock: ("mclk", "uartclk")) { $0.set("max-frequency", 14_745_600) }
    case "pl041": primeCell("aaci", "arm,pl041", device, at)
    case "pl110": return [display(device, at)]
    case "smc91c111":
      var node = DeviceTreeNode("ethernet@\(Self.hex(at))")
      node.set("compatible", "smsc,lan91c111")
      node.set("reg", at, 0x10)
      interrupts(of: device, &node)
      return [node]
    case "virtio-mmio":
      var node = DeviceTreeNode("virtio_mmio@\(Self.hex(at))")
      node.set("compatible", "virtio,mmio")
      node.set("reg", at, UInt32(truncatingIfNeeded: device.sizes[0]))
      interrupts(of: device, &node)
      return [node]
    default: break
    }
    return []
  }

  static func hex(_ address: UInt32) -> String { String(address, radix: 16) }

  // MARK: References

  /// The number by which other nodes name this one.
  mutating func handle(_ name: String) -> UInt32 {
    if let handle = handles[name] { return handle }
    let handle = UInt32(handles.count + 1)
    handles[name] = handle
    return handle
  }

  /// Which lines of which controller the device's outputs are wired to. A board wires all of one device's to the same.
  private mutating func interrupts(of device: PlacedDevice, outputs: [String]? = nil, _ node: inout DeviceTreeNode) {
    var lines: [UInt32] = []
    var parent: String?
    for output in outputs ?? device.model.outputs {
      for end in device.wires[output] ?? [] {
        guard let controller = devices.first(where: { $0.name == end.device }),
          controller.model.name == "integrator-pic", let line = controller.model.input(end.input),
          parent == nil || parent == controller.name
        else { continue }
        parent = controller.name
        if !lines.contains(UInt32(line)) { lines.append(UInt32(line)) }
      }
    }
    guard let parent else { return }
    node.set("interrupt-parent", handle(parent))
    node["interrupts"] = DeviceTreeNode.bytes(lines)
  }

  /// A clock of the board, by its name in the board's manual.
  private mutating func clock(_ name: String) -> UInt32 {
    // Those of the core module are its children.
    guard !["cm24mhz", "kmiclk", "timclk", "auxosc", "core"].contains(name), clocks[name] == nil else {
      return handle("clock \(name)")
    }
    // The bus's frequency matters to timer 0 alone; PrimeCells want their bus clock to be there.
    let rates: [String: UInt32] = ["uartclk": 14_745_600, "busclk": 40_000_000, "pclk": 0]
    var node = DeviceTreeNode(name)
    node.set("#clock-cells", 0)
    node.set("compatible", "fixed-clock")
    node.set("clock-frequency", rates[name] ?? 0)
    node.set("phandle", handle("clock \(name)"))
    clocks[name] = node
    return handle("clock \(name)")
  }

  // MARK: Devices

  private mutating func primeCell(
    _ name: String, _ compatible: String, _ device: PlacedDevice, _ at: UInt32,
    clock own: (name: String, source: String)? = nil, _ more: (inout DeviceTreeNode) -> Void = { _ in }
  ) {
    var node = DeviceTreeNode("\(name)@\(Self.hex(at))")
    node.set("compatible", compatible, "arm,primecell")
    node.set("reg", at, 0x1000)
    interrupts(of: device, &node)
    setClocks(&node, own)
    more(&node)
    bus.children.append(node)
  }

  private mutating func setClocks(_ node: inout DeviceTreeNode, _ own: (name: String, source: String)?) {
    if let own {
      node.set("clocks", clock(own.source), clock("pclk"))
      node.set("clock-names", own.name, "apb_pclk")
    } else {
      node.set("clocks", clock("pclk"))
      node.set("clock-names", "apb_pclk")
    }
  }

  private mutating func processor(_ device: PlacedDevice) -> [DeviceTreeNode] {
    guard device.model.name == "arm-cpu", let index = device.cpu, index == 0 else { return [] }
    var cpu = DeviceTreeNode("cpu@0")
    cpu.set("device_type", "cpu")
    cpu.set("reg", 0)
    // Without the core module's oscillator there is nothing to scale.
    if devices.contains(where: { $0.model.name == "integrator-cm" }) {
      cpu.set("operating-points", 50_000, 0, 48_000, 0)
      cpu.set("clocks", clock("core"))
      cpu.set("clock-names", "cpu")
      cpu.set("clock-latency", 1_000_000)
    }
    var node = DeviceTreeNode("cpus")
    node.set("#address-cells", 1)
    node.set("#size-cells", 0)
    node.children = [cpu]
    return [node]
  }

  private mutating func interruptController(_ device: PlacedDevice, _ at: UInt32) -> DeviceTreeNode {
    var node = DeviceTreeNode("\(device.name)@\(Self.hex(at))")
    node.set("compatible", "arm,versatile-fpga-irq")
    node.set("#interrupt-cells", 1)
    node.set("interrupt-controller")
    node.set("reg", at, 0x100)
    let lines = UInt32(truncatingIfNeeded: device.integer("lines"))
    node.set("clear-mask", lines)
    node.set("valid-mask", lines)
    interrupts(of: device, outputs: ["irq"], &node)
    node.set("phandle", handle(device.name))
    return node
  }

  private mutating func timers(_ device: PlacedDevice, _ at: UInt32) -> [DeviceTreeNode] {
    (0..<3).map { index in
      let base = at &+ UInt32(index) * 0x100
      var node = DeviceTreeNode("timer@\(Self.hex(base))")
      node.set("compatible", "arm,integrator-cp-timer")
      node.set("reg", base, 0x100)
      interrupts(of: device, outputs: ["irq\(index)"], &node)
      node.set("clocks", clock(index == 0 ? "busclk" : "timclk"))
      return node
    }
  }

  /// The four LEDs beside the alphanumeric display.
  private func leds(_ at: UInt32) -> DeviceTreeNode {
    var node = Self.syscon("syscon@\(Self.hex(at))", at, size: 0x10, ["syscon", "simple-mfd"])
    for (index, colour) in ["green0", "yellow", "red", "green1"].enumerated() {
      let trigger = index == 0 ? "heartbeat" : nil
      node.children.append(
        Self.led("led@4,\(index)", offset: 4, mask: 1 << UInt32(index), label: "integrator:\(colour)", trigger))
    }
    return node
  }

  // MARK: Registers that several drivers share

  static func syscon(_ name: String, _ at: UInt32, size: UInt32, _ compatible: [String]) -> DeviceTreeNode {
    var node = DeviceTreeNode(name)
    node["compatible"] = compatible.flatMap { Array($0.utf8) + [0] }
    node.set("reg", at, size)
    node.set("ranges", 0, at, size)
    node.set("#address-cells", 1)
    node.set("#size-cells", 1)
    return node
  }

  static func led(
    _ name: String, offset: UInt32, mask: UInt32, label: String, _ trigger: String?
  ) -> DeviceTreeNode {
    var node = DeviceTreeNode(name)
    node.set("compatible", "register-bit-led")
    node.set("reg", offset, 4)
    node.set("offset", offset)
    node.set("mask", mask)
    node.set("label", label)
    if let trigger { node.set("linux,default-trigger", trigger) }
    node.set("default-state", trigger == nil ? "off" : "on")
    return node
  }

  private mutating func display(_ device: PlacedDevice, _ at: UInt32) -> DeviceTreeNode {
    primeCell("clcd", "arm,pl110", device, at, clock: ("clcdclk", "auxosc")) { node in
      node.set("max-memory-bandwidth", 160_000_000)
    }
    let (here, there) = (handle("clcd endpoint"), handle("panel endpoint"))
    bus.children[bus.children.count - 1].children = [
      Self.port("port@0", here, to: there) { endpoint in
        endpoint.set("arm,pl11x,tft-r0g0b0-pads", 0, 8, 16)
      }
    ]
    return Self.panel(Self.port("port", there, to: here))
  }
}
