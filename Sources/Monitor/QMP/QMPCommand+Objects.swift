import Boards
import DeviceModel
import SavedState

/// The device tree as objects with properties: `qom-…`. Paths are those of the state tree.
extension QMPCommand {
  static let objects: [QMPCommand] = [
    QMPCommand(
      "qom-list", "the properties of what is at a path",
      [QMPMember("path", .string)],
      returns: .list("ObjectPropertyInfo", [QMPMember("name", .string), QMPMember("type", .string)])
    ) { control, arguments throws(CommandError) in
      let path = try control.path(arguments.text("path"))
      if path.steps.isEmpty { return .array([property("machine", "child<container>")]) }
      switch try control.place(path) {
      case .node(let node):
        var list = node.children.map { property($0.name, "child<\($0.model)>") }
        for attribute in node.state.attributes {
          list.append(property(attribute.name, try control.shape(path.appending(.name(attribute.name))).type))
        }
        return .array(list)
      case .value(.group(let group)):
        var list: [JSONValue] = []
        for attribute in group.attributes {
          list.append(property(attribute.name, try control.shape(path.appending(.name(attribute.name))).type))
        }
        return .array(list)
      case .value: throw CommandError("\(path) is a plain value and has no properties")
      }
    },
    QMPCommand(
      "qom-get", "the value of a property",
      [QMPMember("path", .string), QMPMember("property", .string)], returns: .any
    ) { control, arguments throws(CommandError) in
      let path = try property(control, arguments)
      switch try control.place(path) {
      // A child is told by its path.
      case .node: return .string(path.description)
      case .value(let value): return value.json
      }
    },
    .action(
      "qom-set", "sets a property",
      [QMPMember("path", .string), QMPMember("property", .string), QMPMember("value", .any)]
    ) { control, arguments throws(CommandError) in
      try set(control, try property(control, arguments), arguments["value"] ?? .null)
    },
    QMPCommand(
      "qom-list-types", "the device models",
      [QMPMember("implements", .string, optional: true), QMPMember("abstract", .boolean, optional: true)],
      returns: .list(
        "ObjectTypeInfo",
        [
          QMPMember("name", .string), QMPMember("parent", .string, optional: true),
          QMPMember("abstract", .boolean, optional: true),
        ])
    ) { _, arguments in
      let wanted = arguments.string("implements") ?? "device"
      var list: [JSONValue] = []
      if arguments.flag("abstract") ?? true, arguments.string("implements") == nil || wanted == "device" {
        list.append(.object(["name": .string("device"), "abstract": .bool(true)]))
      }
      for name in Catalogue.names.sorted() where wanted == "device" || wanted == name {
        list.append(.object(["name": .string(name), "parent": .string("device")]))
      }
      return .array(list)
    },
  ]

  private static func property(_ name: String, _ type: String) -> JSONValue {
    .object(["name": .string(name), "type": .string(type)])
  }

  private static func property(_ control: Control, _ arguments: QMPArguments) throws(CommandError) -> StatePath {
    let path = try control.path(arguments.text("path"))
    let property = try control.path(arguments.text("property"))
    return StatePath(path.steps + property.steps)
  }
}
