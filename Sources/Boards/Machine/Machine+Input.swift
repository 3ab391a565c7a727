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

  /// Takes the input that waits, by device.
  public func takeInput() -> [String: [UInt8]] {
    var taken: [String: [UInt8]] = [:]
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
    putInput(input)
    return input
  }

  /// Lets that input wait here, and none that has come before.
  func replaceInput(_ input: [String: [UInt8]]) {
    for (_, end) in characterEnds { while end.read() != nil {} }
    putInput(input)
  }
}
