import DeviceModel
import X86

/// Checks a board against the catalogue and finds out what is where.
struct BoardResolver {
  let board: BoardDescription
  let cpus: Int

  /// Every device, in order.
  func resolve(_ requests: [DeviceRequest] = []) throws(BoardError) -> [PlacedDevice] {
    var placed: [PlacedDevice] = []
    var inSlots = try SlotAssignment(board: board, SerialPortRequests.merge(requests))
    for device in board.devices {
      let device = inSlots.take(device.name) ?? device
      guard device.isPerCPU else {
        placed.append(try place(device, name: device.name, cpu: nil))
        continue
      }
      for index in 0..<cpus { placed.append(try place(device, name: "\(device.name)\(index)", cpu: index)) }
    }
    for slot in board.slots {
      for number in 0..<slot.count {
        guard let device = inSlots.take("\(slot.name)\(number)") else { continue }
        placed.append(try place(device, name: device.name, cpu: nil))
      }
    }
    for request in inSlots.others {
      let device = try description(of: request, taken: Set(placed.map(\.name)))
      placed.append(try place(device, name: device.name, cpu: nil))
    }
    var names: [String: PlacedDevice] = [:]
    for device in placed {
      guard names[device.name] == nil, !Machine.ownNodes.contains(device.name) else {
        throw device.place.error("there are two devices called \"\(device.name)\"")
      }
      names[device.name] = device
    }
    try checkOverlaps(placed)
    try checkMemory(placed)
    for device in placed { try checkWires(device, names) }
    return placed
  }

  // MARK: One device

  private func place(_ device: DeviceDescription, name: String, cpu: Int?) throws(BoardError) -> PlacedDevice {
    guard let type = Catalogue.model(device.model) else {
      throw device.place.error("\(name): \(Catalogue.unknown(device.model))")
    }
    let model = type.model
    let newest = Catalogue.version(of: type)
    guard device.version <= newest else {
      throw device.place.error("\(name): model \(model.name) has versions up to \(newest), not \(device.version)")
    }
    for (region, address) in device.addresses where !model.regions.contains(where: { $0.name == region }) {
      throw unknown("region of \(model.name)", region, model.regions.map(\.name), address.place)
    }
    for (output, ends) in device.wires where !model.outputs.contains(output) {
      throw unknown("output of \(model.name)", output, model.outputs, ends.first?.place ?? device.place)
    }
    for backend in device.backends.keys where !model.backends.contains(backend) {
      throw unknown("back end of \(model.name)", backend, model.backends, device.place)
    }
    var parameters: [String: String] = [:]
    for (key, setting) in device.parameters {
      guard let declared = model.parameters.first(where: { $0.name == key }) else {
        throw unknown("parameter of \(model.name)", key, model.parameters.map(\.name) + model.backends, setting.place)
      }
      try check(setting.value, declared, name, setting.place)
      parameters[key] = setting.value
    }
    var bases: [UInt64?] = []
    var sizes: [UInt64] = []
    for (index, region) in model.regions.enumerated() {
      var base = device.addresses[region.name]?.value ?? region.base
      var size = region.size
      if index == 0, let text = parameters["iobase"] { base = SizeText.parse(text) }
      if index == 0, let text = parameters["iosize"], let value = SizeText.parse(text) { size = max(1, value) }
      if cpu == nil, region.space != .device {
        guard let base else { throw device.place.error("\(name): at: {\(region.name): ADDRESS} is missing") }
        let end = region.space == .io ? 0x1_0000 : UInt64(1) << 52
        guard base < end, size <= end - base else {
          let at = device.addresses[region.name]?.place ?? device.place
          throw at.error("\(name): \(region.name) at \(Address.hex(base)) is beyond the \(region.space) space")
        }
      }
      bases.append(cpu == nil ? base : nil)
      sizes.append(size)
    }
    return PlacedDevice(
      name: name, type: type, version: device.version, bases: bases, sizes: sizes, wires: device.wires,
      parameters: parameters, backends: device.backends, cpu: cpu, place: device.place)
  }

  private func unknown(_ what: String, _ name: String, _ known: [String], _ place: Place) -> BoardError {
    let near = NearestName.of(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    return place.error("unknown \(what) \"\(name)\"\(near)")
  }

  private func check(_ text: String, _ parameter: ParameterModel, _ name: String, _ place: Place) throws(BoardError) {
    func refuse(_ expected: String) -> BoardError {
      place.error("\(name): \(parameter.name)=\(text): expected \(expected)")
    }
    switch parameter.kind {
    case .integer(let range):
      let value = text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
      guard let value, range.contains(value) else {
        throw refuse("a number from \(range.lowerBound) to \(range.upperBound)")
      }
    case .flag:
      guard ["on", "off", "true", "false", "yes", "no"].contains(text) else { throw refuse("on or off") }
    case .choice(let choices):
      guard choices.contains(text) else {
        let near = NearestName.of(text, among: choices).map { "; did you mean \"\($0)\"?" } ?? ""
        throw refuse("one of \(choices.joined(separator: ", "))\(near)")
      }
    case .text: break
    case .ethernetAddress:
      guard EthernetAddress(text) != nil else { throw refuse("one interface's address, such as 52:54:00:12:34:56") }
    }
  }

  private func description(of request: DeviceRequest, taken: Set<String>) throws(BoardError) -> DeviceDescription {
    let type = try Catalogue.wanted(request.model)
    var name = request.id ?? request.model
    if request.id == nil {
      var number = 0
      while taken.contains(name) {
        number += 1
        name = "\(request.model)\(number)"
      }
    }
    return request.description(name, type)
  }

  // MARK: The whole

  private func checkMemory(_ devices: [PlacedDevice]) throws(BoardError) {
    guard let window = board.memory.windows.first else { preconditionFailure("a board without a window for RAM") }
    guard window.range.base == 0 || !devices.contains(where: { $0.type == X86CPU.self }) else {
      throw window.place.error("\(window.name): an x86 CPU has RAM at 0")
    }
    var names = Set<String>()
    for (name, place) in board.memory.names where !names.insert(name).inserted {
      throw place.error("there are two places of memory called \"\(name)\"")
    }
  }

  private struct Taken {
    let first: UInt64
    let last: UInt64
    let what: String
    let place: Place

    init(_ what: String, base: UInt64, size: UInt64, _ place: Place) {
      first = base
      last = base + (size - 1)
      self.what = what
      self.place = place
    }

    init(_ what: String, _ range: MemoryDescription.Range, _ place: Place) {
      self.init(what, base: range.base, size: range.size, place)
    }
  }

  private func checkOverlaps(_ devices: [PlacedDevice]) throws(BoardError) {
    var ranges: [RegionModel.Space: [Taken]] = [:]
    func add(_ new: Taken, _ space: RegionModel.Space) throws(BoardError) {
      for old in ranges[space] ?? [] where old.first <= new.last && new.first <= old.last {
        throw new.place.error(
          "\(new.what) at \(Address.hex(new.first))-\(Address.hex(new.last)) overlaps \(old.what) at "
            + "\(Address.hex(old.first))-\(Address.hex(old.last))")
      }
      ranges[space, default: []].append(new)
    }
    for rom in board.memory.roms { try add(Taken(rom.name, rom.range, rom.place), .memory) }
    for device in devices {
      for (index, region) in device.model.regions.enumerated() {
        guard let base = device.bases[index] else { continue }
        let name = "\(device.name).\(region.name)"
        try add(Taken(name, base: base, size: device.sizes[index], device.place), region.space)
      }
    }
    let others = ranges
    // A hole in RAM makes room for devices.
    let rooms = board.memory.holes.map(\.range).filter { hole in
      board.memory.windows.contains { $0.range.base <= hole.base && hole.last <= $0.range.last }
    }
    ranges[.memory] = (others[.memory] ?? []).filter { taken in
      !rooms.contains { $0.base <= taken.first && taken.last <= $0.last }
    }
    let outside = ranges
    for window in board.memory.windows {
      for base in [window.range.base] + window.aliases {
        try add(Taken(window.name, base: base, size: window.range.size, window.place), .memory)
      }
    }
    // What lies before RAM may cover that, and nothing else.
    ranges = outside
    for hole in board.memory.holes { try add(Taken(hole.name, hole.range, hole.place), .memory) }
    for rom in board.memory.roms {
      if let boot = rom.boot { try add(Taken("\(rom.name).boot", boot, rom.place), .memory) }
    }
  }

  private func checkWires(_ device: PlacedDevice, _ names: [String: PlacedDevice]) throws(BoardError) {
    for end in device.wires.values.flatMap(\.self) {
      if end.device == BoardInput.device {
        guard BoardInput(rawValue: end.input) == nil else { continue }
        throw unknown("input of the board", end.input, BoardInput.allCases.map(\.rawValue), end.place)
      }
      guard let target = names[end.device] else {
        throw unknown("device", end.device, Array(names.keys) + [BoardInput.device], end.place)
      }
      guard target.model.input(end.input) != nil else {
        throw unknown("input of \(target.model.name)", end.input, target.model.inputs, end.place)
      }
    }
  }
}
