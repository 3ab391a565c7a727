/// Which items are logged, and of which devices.
public struct LogSelection: Sendable, Equatable {
  /// The devices of each item that is logged; nil: of all.
  private var chosen: [LogItem: Set<String>?] = [:]

  public init() {}

  /// Adds `item` of every device.
  public mutating func insert(_ item: LogItem) { chosen[item] = .some(nil) }

  /// Adds `item` of one device.
  public mutating func insert(_ item: LogItem, of device: String) {
    switch chosen[item] {
    case nil: chosen[item] = [device]
    case .some(nil): break
    case .some(let some?): chosen[item] = some.union([device])
    }
  }

  /// Adds what `other` has.
  public mutating func formUnion(_ other: LogSelection) {
    for (item, devices) in other.chosen {
      guard let devices else {
        insert(item)
        continue
      }
      for device in devices { insert(item, of: device) }
    }
  }

  /// Whether nothing is logged.
  public var isEmpty: Bool { chosen.isEmpty }

  /// Whether `item` is logged of any device.
  public func contains(_ item: LogItem) -> Bool { chosen[item] != nil }

  /// Whether `item` is logged of `device`.
  public func contains(_ item: LogItem, of device: String) -> Bool {
    switch chosen[item] {
    case nil: false
    case .some(nil): true
    case .some(let some?): some.contains(device)
    }
  }

  /// The devices that are named.
  public var devices: Set<String> { chosen.values.reduce(into: []) { $0.formUnion($1 ?? []) } }
}

extension LogSelection: CustomStringConvertible {
  /// As `-d` takes it; "none" for an empty one.
  public var description: String {
    let words = LogItem.allCases.flatMap { item -> [String] in
      switch chosen[item] {
      case nil: []
      case .some(nil): [item.rawValue]
      case .some(let some?): some.sorted().map { "\(item.rawValue):\($0)" }
      }
    }
    return words.isEmpty ? "none" : words.joined(separator: ",")
  }
}
