public import DeviceModel
import GuestMemory
import PCDevices
import SavedState
import X86

/// Builds a machine from a board and what it is equipped with.
public struct MachineBuilder {
  let board: BoardDescription
  let setup: MachineSetup
  let host: any HostEvents

  /// A builder for `board` equipped with `setup`, run by `host`.
  public init(board: BoardDescription, setup: MachineSetup, host: any HostEvents) {
    self.board = board
    self.setup = setup
    self.host = host
  }

  /// Nanoseconds since 1970 at power on where nobody sets it: 2000-01-01.
  static let fixedEpoch: Int64 = 946_684_800_000_000_000

  /// The machine, not powered on yet.
  ///
  /// - Throws: `BoardError` when the board or what was asked for does not fit, or the host lacks memory.
  public func build() throws(BoardError) -> Machine {
    guard (1...board.maximumCPUs).contains(setup.cpus) else {
      throw BoardError("\(board.name) takes 1 to \(board.maximumCPUs) CPUs, not \(setup.cpus)")
    }
    let size = setup.memory ?? board.defaultMemory
    guard size >= 1 << 20, size <= board.maximumMemory else {
      throw BoardError(
        "\(board.name) takes 1M to \(SizeText.show(board.maximumMemory)) of RAM, not \(SizeText.show(size))")
    }
    let placed = try BoardResolver(board: board, cpus: setup.cpus).resolve(setup.devices)
    let ram: RAMBlock
    do throws(RAMError) {
      ram = try RAMBlock(name: "ram", size: Int(clamping: size))
    } catch {
      throw BoardError(error.description)
    }
    let machine = Machine(
      board: board, memory: AddressSpace(name: "memory"), ports: AddressSpace(name: "io"), ram: ram,
      epoch: setup.epoch ?? Self.fixedEpoch, setup: setup, host: host)
    machine.placed = placed
    mapRAM(machine)
    addUnmappedLog(machine)
    let parts = Parts(code: CodeCache(), bus: APICBus(), contents: FwCfgContents())
    var sites: [Site] = []
    for device in placed {
      let site = try site(for: device, machine, parts)
      sites.append(site)
      let made = device.type.init(site)
      machine.devices.append((device.name, made))
      if let cpu = made as? X86CPU { machine.cpuSet.all.append(cpu) }
    }
    try map(placed, machine)
    connect(placed, sites, machine)
    try joinInterrupts(machine, parts)
    machine.glue += sites
    machine.glue.append(parts.bus)
    return machine
  }

  /// Host-side things that several devices share.
  struct Parts {
    let code: CodeCache
    let bus: APICBus
    let contents: FwCfgContents
  }

  // MARK: Memory

  private func mapRAM(_ machine: Machine) {
    let low = min(UInt64(machine.ram.size), board.memoryBelow4G)
    var regions = [Region("ram-low", base: 0, size: low, content: .memory(machine.ram, offset: 0))]
    if UInt64(machine.ram.size) > low {
      regions.append(
        Region(
          "ram-high", base: 1 << 32, size: UInt64(machine.ram.size) - low,
          content: .memory(machine.ram, offset: Int(low))))
    }
    // The video window hides the RAM behind it.
    regions.append(Region("video-window", base: 0xa_0000, size: 0x2_0000, priority: 1, content: .hole))
    machine.memory.map(regions)
  }

  private func addUnmappedLog(_ machine: Machine) {
    guard let log = setup.unmappedLog else { return }
    for space in [machine.memory, machine.ports] {
      space.onUnmapped = { [unowned space] address, width, written in
        let what = written.map { "write \(Address.hex($0))," } ?? "read"
        let place = space.place(of: address)
        log.info("\(space.name): \(what) \(width) bytes at \(Address.hex(address)) (\(place))")
      }
    }
  }

  private func map(_ placed: [PlacedDevice], _ machine: Machine) throws(BoardError) {
    var memory: [Region] = []
    var ports: [Region] = []
    for (index, device) in placed.enumerated() {
      for (number, region) in device.model.regions.enumerated() {
        guard let base = device.bases[number] else { continue }
        let mapped = Region(
          "\(device.name).\(region.name)", base: base, size: device.sizes[number], priority: 2,
          content: .device(machine.devices[index].device, region: number, widths: region.widths))
        if region.space == .io { ports.append(mapped) } else { memory.append(mapped) }
      }
      guard device.type == VGAText.self else { continue }
      do throws(RAMError) {
        let block = try RAMBlock(name: "\(device.name).memory", size: VGAText.memorySize)
        machine.blocks[block.name] = block
        memory.append(
          Region(
            block.name, base: VGAText.memoryBase, size: UInt64(VGAText.memorySize), priority: 2,
            content: .memory(block, offset: 0)))
      } catch {
        throw BoardError(error.description)
      }
    }
    machine.memory.map(memory)
    machine.ports.map(ports)
  }

  // MARK: Sites

  private func site(for device: PlacedDevice, _ machine: Machine, _ parts: Parts) throws(BoardError) -> Site {
    let site = Site(name: device.name, clock: machine.clock, memory: machine.memory)
    site.epoch = machine.epoch
    site.control = machine
    site.parameters = device.parameters
    if let cpu = device.cpu {
      let own = [
        "id": "\(cpu)", "index": "\(cpu)", "bsp": cpu == 0 ? "on" : "off", "virtual-wire": cpu == 0 ? "on" : "off",
        "cpu": setup.cpuModel ?? board.cpuModel,
      ]
      for parameter in device.model.parameters where site.parameters[parameter.name] == nil {
        if let value = own[parameter.name] { site.parameters[parameter.name] = value }
      }
      if let declared = device.model.parameters.first(where: { $0.name == "cpu" }), let name = setup.cpuModel,
        case .choice(let choices) = declared.kind, !choices.contains(name)
      {
        let near = NearestName.of(name, among: choices).map { "; did you mean \"\($0)\"?" } ?? ""
        throw BoardError("unknown CPU model \"\(name)\"\(near) (there are \(choices.joined(separator: ", ")))")
      }
    }
    // Names that the board's own parts have come first; the rest are the host's.
    let own: [String: any HostSide] = [
      "ports": machine.ports, "code": parts.code, "apic-bus": parts.bus, "contents": parts.contents,
    ]
    for backend in device.model.backends + ["ports", "code"] {
      if let part = own[backend] { site.backends[backend] = part }
      guard let name = device.backends[backend] else { continue }
      if let resource = setup.backends[name] {
        site.backends[backend] = resource
      } else if device.place.line == 0 {
        let near = NearestName.of(name, among: setup.backends.keys).map { "; did you mean \"\($0)\"?" } ?? ""
        throw BoardError("\(device.model.name): there is no \(backend) called \"\(name)\"\(near)")
      }
    }
    return site
  }

  // MARK: Wires

  private func connect(_ placed: [PlacedDevice], _ sites: [Site], _ machine: Machine) {
    var gates: [String: OrGate] = [:]
    let index = Dictionary(uniqueKeysWithValues: placed.enumerated().map { ($1.name, $0) })
    for (device, site) in zip(placed, sites) {
      for output in device.model.outputs {
        for end in device.wires[output] ?? [] {
          let key: String
          let sink: (Bool) -> Void
          if end.device == BoardInput.device {
            key = end.text
            sink = { [cpus = machine.cpuSet] level in for cpu in cpus.all { cpu.setA20(level) } }
          } else if let number = index[end.device], let input = placed[number].model.input(end.input) {
            key = "\(end.device).\(input)"
            let target = machine.devices[number].device
            sink = { [unowned target] in target.input(input, $0) }
          } else {
            preconditionFailure("the resolver let \(end.text) through")
          }
          let gate = gates[key] ?? OrGate(sink)
          gates[key] = gate
          gate.connect(site.line(output))
        }
      }
    }
  }

  /// Local APICs and CPUs, and the 8259's vector behind them.
  private func joinInterrupts(_ machine: Machine, _ parts: Parts) throws(BoardError) {
    let apics = machine.devices.compactMap { $0.device as? LocalAPIC }
    guard apics.count == machine.cpus.count else {
      throw BoardError("\(board.name) has \(apics.count) local APICs for \(machine.cpus.count) CPUs", file: board.file)
    }
    let window = LocalAPICWindow(cpus: machine.cpuSet, apics: apics, memory: machine.memory)
    machine.window = window
    let pic = machine.first(I8259.self).map(PICAcknowledge.init)
    if let pic { machine.glue.append(pic) }
    for (cpu, apic) in zip(machine.cpus, apics) {
      let pins = CPUPins(cpu: cpu, apic: apic, window: window)
      machine.glue.append(pins)
      apic.cpu = pins
      apic.pic = pic
      cpu.interrupts = pins
    }
  }
}
