@_spi(Reflection) import Swift
import Synchronization

/// The names of structures' stored properties.
enum StoredProperties {
  private struct Property: Sendable {
    let name: String
    let offset: Int
    let type: Any.Type
  }

  private static let known = Mutex<[ObjectIdentifier: [Property]]>([:])

  /// The path without the type's name: `\State.timer.count` is `timer.count`. Its property is `offset` bytes into the
  /// root.
  static func name<Root, Value>(of path: KeyPath<Root, Value>, at offset: Int) -> String {
    // A path's own description says the same, but first looks through all conformances of the program, anew for each
    // type of path: half of the time that a machine took to be made.
    if let name = name(of: Value.self, at: offset, in: Root.self) { return name }
    return String(path.debugDescription.drop { $0 != "." }.dropFirst())
  }

  private static func name(of value: Any.Type, at offset: Int, in root: Any.Type) -> String? {
    guard let property = properties(of: root).last(where: { $0.offset <= offset }) else { return nil }
    if property.offset == offset, property.type == value { return property.name }
    return name(of: value, at: offset - property.offset, in: property.type).map { property.name + "." + $0 }
  }

  private static func properties(of type: Any.Type) -> [Property] {
    let key = ObjectIdentifier(type)
    if let known = known.withLock({ $0[key] }) { return known }
    var found: [Property] = []
    _ = _forEachField(of: type) { name, offset, type, _ in
      found.append(Property(name: String(cString: name), offset: offset, type: type))
      return true
    }
    known.withLock { $0[key] = found }
    return found
  }
}
