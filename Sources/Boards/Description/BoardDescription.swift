public import Engine

/// A board as its file describes it, in one version.
public struct BoardDescription: Sendable {
  /// The name by which `-M` finds the newest version.
  public let name: String
  /// Counted from 1; the newest is the highest.
  public let version: Int
  /// One line for `ferry machines`.
  public let summary: String
  /// The CPU model where `-cpu` names none; nil takes the default of the CPU's device model.
  public let cpuModel: String?
  /// How many CPUs the board has sockets for.
  public let maximumCPUs: Int
  /// The built-in guest, below `roms/`: what runs when no kernel is named.
  public let guest: String?
  /// What firmware runs to start a kernel that is named beside it, below `roms/`; nil where firmware finds its kernel
  /// itself.
  public let optionROM: String?
  /// RAM, ROM and holes.
  public let memory: MemoryDescription
  /// In the order of the file, which is the order in which they are reset and settled.
  public var devices: [DeviceDescription]
  /// Where `-device` can put more of them.
  public let slots: [SlotDescription]
  /// The file it was read from, for messages.
  public let file: String

  /// The name by which `-M` finds exactly this version.
  public var fullName: String { "\(name)-\(version)" }

  /// The device model of its CPUs, where it has any.
  public var processor: (any Processor.Type)? {
    for device in devices {
      if let type = Catalogue.model(device.model) as? any Processor.Type { return type }
    }
    return nil
  }

  /// The values that `-cpu` takes.
  public var cpuModels: [String] {
    guard case .choice(let names)? = processor?.model.parameters.first(where: { $0.name == "cpu" })?.kind else {
      return []
    }
    return names
  }
}
