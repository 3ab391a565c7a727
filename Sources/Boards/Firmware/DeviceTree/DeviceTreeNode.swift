/// A node of a device tree. Properties and children keep their order.
public struct DeviceTreeNode: Sendable, Equatable {
  /// A property: a name and bytes, whose meaning depends on the name.
  public struct Property: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value as it is stored: numbers are big endian.
    public var value: [UInt8]
  }

  /// The name, with the unit address where there is one: `timer@13000000`.
  public var name: String
  /// In order, each name once.
  public var properties: [Property] = []
  /// In order.
  public var children: [DeviceTreeNode] = []

  /// A node without properties and children.
  public init(_ name: String) { self.name = name }

  /// The value of the property `name`.
  public subscript(name: String) -> [UInt8]? {
    get { properties.first { $0.name == name }?.value }
    set {
      let index = properties.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): properties[index].value = value
      case (let index?, nil): properties.remove(at: index)
      case (nil, let value?): properties.append(Property(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Sets a property to numbers of 32 bits.
  public mutating func set(_ name: String, _ cells: UInt32...) { self[name] = Self.bytes(cells) }

  /// Sets a property to a list of strings.
  public mutating func set(_ name: String, _ texts: String...) { self[name] = texts.flatMap { Array($0.utf8) + [0] } }

  /// Sets a property that says what it says by being there.
  public mutating func set(_ name: String) { self[name] = [] }

  /// The first text of a property.
  func text(_ name: String) -> String? {
    self[name].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// A property of one cell with a number of cells from 1 to 2.
  func cell(_ name: String, default missing: Int) -> Int {
    guard let bytes = self[name], bytes.count == 4 else { return missing }
    let value = bytes.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return (1...2).contains(value) ? Int(value) : missing
  }

  /// The child called `name`, made where it is missing.
  mutating func edit(_ name: String, _ change: (inout DeviceTreeNode) -> Void) {
    if let index = children.firstIndex(where: { $0.name == name }) { return change(&children[index]) }
    var child = DeviceTreeNode(name)
    change(&child)
    children.append(child)
  }

  static func bytes(_ cells: [UInt32]) -> [UInt8] {
    cells.flatMap { cell in withUnsafeBytes(of: cell.bigEndian) { Array($0) } }
  }

  /// `value` in `cells` cells; nil when it does not fit.
  static func bytes(_ value: UInt64, cells: Int) -> [UInt8]? {
    if cells == 2 { return bytes([UInt32(truncatingIfNeeded: value >> 32), UInt32(truncatingIfNeeded: value)]) }
    return UInt32(exactly: value).map { bytes([$0]) }
  }
}
