import DeviceModel

/// What has come from the host and not yet got to a device: it goes where the machine goes.
extension Machine {
  /// The most bytes of one device.
  public static let inputLimit = 64 << 10

  private var characterEnds: [(device: String, end: any CharacterBackend)] {
    placed.flatMap { device in
      device.backends.sorted { $0.key < $1.key }.compactMap { kind, name in
        guard SlotNode.isCharacterKind(kind), let end = setup.backends[name] as? any CharacterBackend else {
          return nil
        }
        return (SlotNode.user(device.name, kind), end)
      }
    }
  }

  /// Networks that know of the guest what the next one has to know, by device.
  private var networks: [(device: String, end: any NetworkMemory)] {
    placed.flatMap { device in
      device.backends.sorted { $0.key < $1.key }.compactMap { kind, name in
        guard SlotNode.isNetworkKind(kind), let end = setup.backends[name] as? any NetworkMemory else { return nil }
        return (device.name, end)
      }
    }
  }

  /// What the networks know, by device.
  var networkMemory: [String: [UInt8]] {
    Dictionary(networks.map { ($0.device, $0.end.saveMemory()) }) { first, _ in first }
  }

  /// Why the network at `device` cannot go on from `memory`; nil when it can, or where none is that would.
  func refusal(ofNetwork memory: [UInt8], at device: String) -> String? {
    networks.first { $0.device == device }?.end.refusal(of: memory)
  }

  /// The networks go on from what those of the machine that was saved, or has come, knew.
  func replaceNetworks(_ memory: [String: [UInt8]]) {
    for (device, end) in networks {
      let known = memory[device] ?? []
      end.loadMemory(end.refusal(of: known) == nil ? known : [])
    }
    hasMoved = true
  }

  /// Lets the input of a machine that has come wait here, and its networks go on.
  public func receiveInput(_ input: [String: [UInt8]]) {
    putInput(input)
    replaceNetworks(input)
  }

  /// Tells devices that have a network of the move, before the guest runs.
  func tellOfMove() {
    hasMoved = false
    for entry in devices { (entry.device as? any NetworkInterface)?.machineHasMoved() }
  }

  /// Takes the input that waits, by device, and what the networks know.
  public func takeInput() -> [String: [UInt8]] {
    var taken = networkMemory
    for (device, end) in characterEnds {
      var bytes: [UInt8] = []
      while bytes.count < Self.inputLimit, let byte = end.read() { bytes.append(byte) }
      if !bytes.isEmpty { taken[device] = bytes }
    }
    return taken
  }

  /// Lets that input wait here, before all other.
  public func putInput(_ input: [String: [UInt8]]) {
    for (device, end) in characterEnds { if let bytes = input[device] { end.putBack(bytes) } }
  }

  /// The input that waits, by device.
  var waitingInput: [String: [UInt8]] {
    let input = takeInput()
    // Networks go on as they were.
    putInput(input)
    return input
  }

  /// Lets that input wait here, and none that has come before.
  func replaceInput(_ input: [String: [UInt8]]) {
    for (_, end) in characterEnds { while end.read() != nil {} }
    putInput(input)
  }
}
