public import DeviceModel
import Engine
import Glibc
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
    let size = setup.memory ?? board.memory.defaultSize
    guard size >= 1 << 20, size <= board.memory.maximumSize else {
      throw BoardError(
        "\(board.name) takes 1M to \(SizeText.show(board.memory.maximumSize)) of RAM, not \(SizeText.show(size))")
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
    let parts = Parts()
    if setup.isParallel { try checkParallel() }
    if setup.isParallel, setup.cpus > 1 {
      let gate = ProcessorGate(count: setup.cpus)
      machine.cpuSet.gate = gate
      // Before any CPU is told.
      machine.memory.onRemap = { gate.stopOthers() }
      parts.caches.stopOthers = { gate.stopOthers() }
    }
    try mapMemory(machine)
    for device in placed {
      let site = try site(for: device, machine, parts)
      machine.sites.append(site)
      let made = device.type.init(site)
      machine.devices.append((device.name, made))
      if let cpu = made as? any Processor {
        machine.cpuSet.all.append(cpu)
        if let gate = machine.cpuSet.gate { cpu.join(gate) }
        try accelerate(cpu, accelerator(type(of: cpu)))
      }
    }
    map(placed, machine)
    connect(placed, machine)
    try joinInterrupts(machine)
    machine.apicBus = parts.bus
    return machine
  }

  private func checkParallel() throws(BoardError) {
    guard setup.clock == .host else {
      throw BoardError(
        "-accel thread=multi: the instructions of CPUs that execute at once have no order that -clock instructions could "
          + "count in; it goes with -clock host")
    }
    guard setup.accelerator != .interpreter else {
      throw BoardError("-accel thread=multi: the interpreter executes one CPU at a time; it goes with -accel jit")
    }
  }

  /// How CPUs of that kind execute.
  private func accelerator(_ type: any Processor.Type) -> Accelerator {
    setup.accelerator ?? .standard(canTranslate: type.canTranslate)
  }

  private func accelerate(_ cpu: any Processor, _ accelerator: Accelerator) throws(BoardError) {
    guard case .translator(let threshold) = accelerator else { return }
    guard type(of: cpu).canTranslate else {
      throw BoardError(
        "-accel jit: there is no translator for the CPUs of \(board.name) on this host (there is one on x86-64 Linux); "
          + "-accel interpreter runs everything")
    }
    do {
      try cpu.translateCode(after: threshold, cpus: setup.cpus)
    } catch {
      throw BoardError("-accel jit: \(error)")
    }
  }

  /// Host-side things that several devices share.
  final class Parts {
    /// Decoded blocks that CPUs share, by their device model.
    var code: [String: any HostSide] = [:]
    let caches = CodeCaches()
    let bus = APICBus()
    let contents = FwCfgContents()
  }

  // MARK: Memory

  private func mapMemory(_ machine: Machine) throws(BoardError) {
    var regions: [Region] = []
    for (window, offset, size) in board.memory.parts(of: UInt64(machine.ram.size)) {
      for (number, base) in ([window.range.base] + window.aliases).enumerated() {
        regions.append(
          Region(
            number == 0 ? window.name : "\(window.name)-alias", base: base, size: size,
            content: .memory(machine.ram, offset: Int(offset))))
      }
    }
    for rom in board.memory.roms {
      do throws(RAMError) {
        let block = try RAMBlock(name: rom.name, size: Int(rom.range.size), isReadOnly: true)
        // As flash is when it is erased.
        block.write(0, count: block.size) { _ = memset($0, 0xff, block.size) }
        machine.adopt(block)
        regions.append(
          Region(rom.name, base: rom.range.base, size: rom.range.size, content: .memory(block, offset: 0)))
        if let boot = rom.boot {
          machine.bootAliases.append(
            Region(
              "\(rom.name)-boot", base: boot.base, size: boot.size, priority: 1, content: .memory(block, offset: 0)))
        }
      } catch {
        throw BoardError(error.description)
      }
    }
    // Holes hide the RAM behind them.
    for hole in board.memory.holes {
      regions.append(Region(hole.name, base: hole.range.base, size: hole.range.size, priority: 1, content: .hole))
    }
    machine.memory.map(regions + machine.bootAliases)
  }

  private func map(_ placed: [PlacedDevice], _ machine: Machine) {
    var memory: [Region] = []
    var ports: [Region] = []
    for (index, device) in placed.enumerated() {
      for (number, region) in device.model.regions.enumerated() {
        guard let base = device.bases[number] else { continue }
        let content: Region.Content
        let block = machine.sites[index].blocks[region.name]
        if let block {
          content = .memory(block, offset: 0)
        } else {
          content = .device(machine.devices[index].device, region: number, widths: region.widths)
        }
        let mapped = Region(
          "\(device.name).\(region.name)", base: base, size: device.sizes[number], priority: 2, content: content)
        if block == nil {
          machine.registers.append(
            RegisterPlace(device: device.name, type: device.type, number: number, region: mapped))
        }
        if region.space == .io { ports.append(mapped) } else { memory.append(mapped) }
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
    for (number, region) in device.model.regions.enumerated() where region.isMemory {
      do throws(RAMError) {
        let block = try RAMBlock(name: "\(device.name).\(region.name)", size: Int(clamping: device.sizes[number]))
        machine.adopt(block)
        site.blocks[region.name] = block
      } catch {
        throw BoardError(error.description)
      }
    }
    if let cpu = device.cpu {
      let own = [
        "id": "\(cpu)", "index": "\(cpu)", "bsp": cpu == 0 ? "on" : "off", "virtual-wire": cpu == 0 ? "on" : "off",
        "cpu": setup.cpuModel ?? board.cpuModel,
      ].compactMapValues(\.self)
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
    if let declared = device.model.parameters.first(where: { $0.name == "memory" }),
      site.parameters["memory"] == nil, case .integer(let range) = declared.kind
    {
      // What a controller says of the RAM that is fitted is what there is.
      let size = Int64(machine.ram.size >> 20)
      guard range.contains(size) else {
        throw BoardError("\(board.name) takes \(range.lowerBound)M to \(range.upperBound)M of RAM, not \(size)M")
      }
      site.parameters["memory"] = "\(size)"
    }
    // Names that the board's own parts have come first; the rest are the host's.
    var code: (any HostSide)?
    if let type = device.type as? any Processor.Type {
      if case .translator = accelerator(type) {
        code = type.makeCode(share: setup.cpus, in: parts.caches)
      } else {
        code = parts.code[device.model.name] ?? type.makeCode(in: parts.caches)
        parts.code[device.model.name] = code
      }
    }
    let own: [String: any HostSide] = [
      "ports": machine.ports, "code": code, "apic-bus": parts.bus, "contents": parts.contents,
      // A run that shall be repeatable has nothing of the host's.
      "rng": setup.clock == .host ? HostEntropy() : nil,
    ].compactMapValues(\.self)
    for backend in device.model.backends {
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

  private func connect(_ placed: [PlacedDevice], _ machine: Machine) {
    var boardInputs: [String: OrGate] = [:]
    let index = Dictionary(uniqueKeysWithValues: placed.enumerated().map { ($1.name, $0) })
    for (device, site) in zip(placed, machine.sites) {
      for output in device.model.outputs {
        for end in device.wires[output] ?? [] {
          let gate: OrGate
          if end.device == BoardInput.device, let input = BoardInput(rawValue: end.input) {
            gate =
              boardInputs[end.input]
              ?? OrGate { [unowned machine] level in
                switch input {
                case .a20: for cpu in machine.x86 { cpu.setA20(level) }
                case .remap: machine.setRemap(level)
                }
              }
            boardInputs[end.input] = gate
          } else if let number = index[end.device], let input = placed[number].model.input(end.input) {
            gate = machine.gate(of: InputPin(device: number, input: input))
          } else {
            preconditionFailure("the resolver let \(end.text) through")
          }
          let number = gate.connect(site.line(output))
          machine.wires.append(Wire(from: device.name, output: output, to: end, gate: gate, number: number))
        }
      }
    }
  }

  /// x86 CPUs and their local APICs, and the 8259's vector behind them.
  private func joinInterrupts(_ machine: Machine) throws(BoardError) {
    let apics = machine.devices.compactMap { $0.device as? LocalAPIC }
    let cpus = machine.x86
    guard apics.count == cpus.count else {
      throw BoardError("\(board.name) has \(apics.count) local APICs for \(cpus.count) x86 CPUs", file: board.file)
    }
    guard !apics.isEmpty else { return }
    let window = LocalAPICWindow(cpus: machine.cpuSet, apics: apics, memory: machine.memory)
    machine.window = window
    let pic = machine.first(I8259.self).map(PICAcknowledge.init)
    if let pic { machine.glue.append(pic) }
    for (cpu, apic) in zip(cpus, apics) {
      let pins = CPUPins(
        cpu: cpu, apic: apic, window: window, names: (machine.name(of: apic), machine.name(of: cpu)))
      machine.pins.append(pins)
      apic.cpu = pins
      apic.pic = pic
      cpu.interrupts = pins
    }
  }
}
