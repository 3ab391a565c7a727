public import DeviceModel
public import SavedState

/// The machine's tree for people, and its tables.
extension Machine {
  /// All of the machine: as `save()`, with `derived` rows and every subsection.
  public func show() -> StateNode {
    var root = StateNode("machine")
    for (name, _) in tables { if let node = show(name) { root.add(node) } }
    return root
  }

  /// All of one node of the tree; nil when there is none of that name.
  public func show(_ name: String) -> StateNode? {
    switch name {
    case "clock": ClockState.table.show(ClockState(now: time.now, epoch: epoch), as: name)
    case "turn": TurnState.table.show(cpuSet.turn, as: name)
    default: devices.first { $0.name == name }?.device.shown(as: name)
    }
  }

  /// The table behind every node of the tree, in the order of the devices.
  public var tables: [(name: String, table: AnyStateTable)] {
    devices.map { ($0.name, Catalogue.table(of: type(of: $0.device))) }
      + [("clock", AnyStateTable(ClockState.table)), ("turn", AnyStateTable(TurnState.table))]
  }

  /// The devices that show something.
  public var displays: [(name: String, source: any PictureSource)] {
    devices.compactMap { name, device in (device as? any PictureSource).map { (name, $0) } }
  }

  /// Whether what people do may change it. What it was when it left is what the other side has, or will fetch.
  public var hearsPeople: Bool { runState != .finishMigrate && runState != .postMigrate }

  /// The keyboard that somebody listens to; of several the last one, which was put beside the board's own.
  public var keyboard: (any KeyboardInput)? {
    guard hearsPeople else { return nil }
    return devices.lazy.compactMap { $0.device as? any KeyboardInput }.last { $0.isKeyboard }
  }

  /// The mouse, likewise.
  public var pointer: (any PointerInput)? {
    guard hearsPeople else { return nil }
    return devices.lazy.compactMap { $0.device as? any PointerInput }.last { $0.isPointer && !$0.isAbsolute }
  }

  /// The pointer that is told where it is, likewise.
  public var absolutePointer: (any PointerInput)? {
    guard hearsPeople else { return nil }
    return devices.lazy.compactMap { $0.device as? any PointerInput }.last { $0.isPointer && $0.isAbsolute }
  }
}

extension Device {
  fileprivate func shown(as name: String) -> StateNode { State.table.show(state, as: name) }
}
