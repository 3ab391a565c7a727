import DeviceModel

/// Which of the devices that were asked for goes into which slot of a board: the one that it names, or the first that is
/// free.
struct SlotAssignment {
  private var devices: [String: DeviceDescription] = [:]
  /// Those that need no slot.
  private(set) var others: [DeviceRequest] = []

  init(board: BoardDescription, _ requests: [DeviceRequest]) throws(BoardError) {
    var slots: [DeviceDescription]?
    for named in [true, false] {
      for request in requests where (request.properties["slot"] != nil) == named {
        let type = try Catalogue.wanted(request.model)
        guard let kind = type.model.slot else {
          others.append(request)
          continue
        }
        guard !type.model.backends.contains("drive") || request.properties["drive"] != nil else {
          throw BoardError("\(request.model): drive=ID is missing, which names a -drive")
        }
        let all = slots ?? Self.slots(of: board)
        slots = all
        let fitting = all.filter { $0.model == kind }
        guard !fitting.isEmpty else {
          throw BoardError("\(board.fullName) has no slot for \(request.model): it needs a \(kind)")
        }
        let slot = try Self.choose(request, fitting, devices)
        devices[slot.name] = request.description(request.id ?? slot.name, type, in: slot)
      }
    }
  }

  /// The slots of `board`, in their order.
  private static func slots(of board: BoardDescription) -> [DeviceDescription] {
    let kinds = Set(Catalogue.models.compactMap { $0.model.slot })
    return board.devices.filter { kinds.contains($0.model) }
      + board.slots.flatMap { slot in (0..<slot.count).map { slot.device($0) } }
  }

  private static func choose(
    _ request: DeviceRequest, _ slots: [DeviceDescription], _ taken: [String: DeviceDescription]
  ) throws(BoardError) -> DeviceDescription {
    guard let wanted = request.properties["slot"] else {
      guard let free = slots.first(where: { taken[$0.name] == nil }) else {
        throw BoardError("\(request.model): all \(slots.count) slots are taken")
      }
      return free
    }
    let found = Int(wanted).map { slots.indices.contains($0) ? slots[$0] : nil } ?? slots.first { $0.name == wanted }
    guard let found else {
      throw BoardError(
        "\(request.model): slot=\(wanted): there are 0 to \(slots.count - 1), as \(slots[0].name) to "
          + slots[slots.count - 1].name)
    }
    guard taken[found.name] == nil else { throw BoardError("\(request.model): slot=\(wanted) is taken twice") }
    return found
  }

  /// What goes into the slot called `name`, if anything; it is given once.
  mutating func take(_ name: String) -> DeviceDescription? { devices.removeValue(forKey: name) }
}

extension DeviceRequest {
  /// The device that it asks for, called `name`, in the place of `slot` if it goes into one.
  func description(
    _ name: String, _ type: any Device.Type, in slot: DeviceDescription? = nil
  ) -> DeviceDescription {
    let place = Place(file: "")
    var parameters: [String: (value: String, place: Place)] = [:]
    var backends: [String: String] = [:]
    for (key, value) in properties where slot == nil || key != "slot" {
      if type.model.backends.contains(key) { backends[key] = value } else { parameters[key] = (value, place) }
    }
    return DeviceDescription(
      name: name, model: model, version: Catalogue.version(of: type), addresses: slot?.addresses ?? [:],
      wires: slot?.wires ?? [:], parameters: parameters, backends: backends, place: place)
  }
}
