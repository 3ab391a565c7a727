import SavedState

/// How a machine is equipped, as a node of a snapshot: what with its board makes the same machine again.
enum SetupNode {
  static let name = "setup"

  /// The node of `machine`.
  static func save(_ machine: Machine) -> StateNode {
    let setup = machine.setup
    var node = StateNode(name)
    node["memory"] = .integer(Int128(machine.ram.size))
    node["cpus"] = .integer(Int128(machine.cpus.count))
    if let model = machine.cpuModel { node["cpu"] = .text(model) }
    switch machine.time.mode {
    // Who commands the clock is not in the file: without one it goes by itself.
    case .host, .commanded: node["clock"] = .text("host")
    case .instructions(let rate, let paced):
      node["clock"] = .text("instructions")
      node["rate"] = .integer(Int128(rate))
      node["paced"] = .bool(paced)
    }
    node["devices"] = .list(
      setup.devices.map { request in
        var group = StateGroup()
        group["model"] = .text(request.model)
        if let id = request.id { group["id"] = .text(id) }
        group["properties"] = .list(
          request.properties.sorted { $0.key < $1.key }.map { .list([.text($0.key), .text($0.value)]) })
        return .group(group)
      })
    return node
  }

  /// The setup that `node` describes; nil when it is of another form. Host resources are not in it.
  static func load(_ node: StateNode) -> MachineSetup? {
    var setup = MachineSetup()
    guard node.name == name, node.version == 1, case .integer(let memory)? = node["memory"],
      let size = UInt64(exactly: memory), case .integer(let cpus)? = node["cpus"], (1...64).contains(cpus),
      case .text(let clock)? = node["clock"], case .list(let devices)? = node["devices"], devices.count <= 256
    else { return nil }
    setup.memory = size
    setup.cpus = Int(cpus)
    if case .text(let model)? = node["cpu"] { setup.cpuModel = model }
    switch clock {
    case "host": setup.clock = .host
    case "instructions":
      guard case .integer(let rate)? = node["rate"], case .bool(let paced)? = node["paced"],
        (1_000...1_000_000_000_000).contains(rate)
      else { return nil }
      setup.clock = .instructions(rate: UInt64(rate), paced: paced)
    default: return nil
    }
    for value in devices {
      guard let request = request(value) else { return nil }
      setup.devices.append(request)
    }
    return setup
  }

  private static func request(_ value: StateValue) -> DeviceRequest? {
    guard case .group(let group) = value, case .text(let model)? = group["model"],
      case .list(let pairs)? = group["properties"]
    else { return nil }
    var id: String?
    if case .text(let text)? = group["id"] { id = text }
    var properties: [String: String] = [:]
    for case .list(let pair) in pairs {
      guard pair.count == 2, case .text(let key) = pair[0], case .text(let value) = pair[1] else { return nil }
      properties[key] = value
    }
    guard properties.count == pairs.count else { return nil }
    return DeviceRequest(model: model, id: id, properties: properties)
  }

  /// What differs between a file's node and this machine's. How time is made is the host's choice.
  static func misfits(_ file: StateNode, _ mine: StateNode) -> [(path: String, file: String, here: String)] {
    func bare(_ node: StateNode) -> StateNode {
      var node = node
      for name in ["clock", "rate", "paced"] { node[name] = nil }
      return node
    }
    return bare(file).differences(to: bare(mine)).map { ("\($0.path)", $0.before ?? "nothing", $0.after ?? "nothing") }
  }
}
