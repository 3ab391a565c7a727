import SavedState

/// `query-qmp-schema`: the tables of commands and events as introspection data (`SchemaInfo`).
enum QMPSchema {
  /// The type of one entry, for introspection of introspection.
  static let entry = QMPObject(
    "SchemaInfo",
    [
      QMPMember("name", .string),
      QMPMember("meta-type", .enumeration("SchemaMetaType", kinds.map(\.0))),
    ], tag: "meta-type", variants: kinds.map { ($0.0, QMPObject("SchemaInfo-\($0.0)", $0.1)) })

  private static let kinds: [(String, [QMPMember])] = [
    ("builtin", [QMPMember("json-type", .enumeration("JSONType", ["string", "number", "int", "boolean", "value"]))]),
    (
      "enum",
      [
        QMPMember("members", .list("SchemaInfoEnumMember", [QMPMember("name", .string)])),
        QMPMember("values", .array(.string)),
      ]
    ),
    ("array", [QMPMember("element-type", .string)]),
    (
      "object",
      [
        QMPMember(
          "members",
          .list(
            "SchemaInfoObjectMember",
            [QMPMember("name", .string), QMPMember("type", .string), QMPMember("default", .any, optional: true)])),
        QMPMember("tag", .string, optional: true),
        QMPMember(
          "variants", .list("SchemaInfoObjectVariant", [QMPMember("case", .string), QMPMember("type", .string)]),
          optional: true),
      ]
    ),
    (
      "command",
      [QMPMember("arg-type", .string), QMPMember("ret-type", .string), QMPMember("allow-oob", .boolean)]
    ),
    ("event", [QMPMember("arg-type", .string)]),
  ]

  /// All of it, which never changes.
  static let json: JSONValue = {
    var entries: [JSONValue] = []
    var seen = Set<String>()
    for command in QMPCommand.all {
      entries.append(
        .object([
          "name": .string(command.name), "meta-type": .string("command"),
          "arg-type": .string(command.arguments.name), "ret-type": .string(command.result.name),
          "allow-oob": .bool(false),
        ]))
    }
    for event in QMPEvent.all {
      entries.append(
        .object([
          "name": .string(event.name), "meta-type": .string("event"), "arg-type": .string(event.members.name),
        ]))
    }
    for command in QMPCommand.all {
      add(.object(command.arguments), &entries, &seen)
      add(command.result, &entries, &seen)
    }
    for event in QMPEvent.all { add(.object(event.members), &entries, &seen) }
    return .array(entries)
  }()

  private static func add(_ type: QMPType, _ entries: inout [JSONValue], _ seen: inout Set<String>) {
    guard seen.insert(type.name).inserted else { return }
    func entry(_ kind: String, _ members: [JSONMember]) {
      entries.append(
        .object([JSONMember("name", .string(type.name)), JSONMember("meta-type", .string(kind))] + members))
    }
    func builtin(_ json: String) { entry("builtin", [JSONMember("json-type", .string(json))]) }
    switch type {
    case .string: builtin("string")
    case .integer: builtin("int")
    case .number: builtin("number")
    case .boolean: builtin("boolean")
    case .any: builtin("value")
    case .array(let element):
      entry("array", [JSONMember("element-type", .string(element.name))])
      add(element, &entries, &seen)
    case .enumeration(_, let values):
      entry(
        "enum",
        [
          JSONMember("members", .array(values.map { .object(["name": .string($0)]) })),
          JSONMember("values", .array(values.map { .string($0) })),
        ])
    case .object(let object):
      var members = [JSONMember("members", .array(object.members.map(member)))]
      if let tag = object.tag {
        members.append(JSONMember("tag", .string(tag)))
        let variants = object.variants.map {
          JSONValue.object(["case": .string($0.tag), "type": .string($0.object.name)])
        }
        members.append(JSONMember("variants", .array(variants)))
      }
      entry("object", members)
      for member in object.members { add(member.type, &entries, &seen) }
      for variant in object.variants { add(.object(variant.object), &entries, &seen) }
    }
  }

  private static func member(_ member: QMPMember) -> JSONValue {
    let named = [JSONMember("name", .string(member.name)), JSONMember("type", .string(member.type.name))]
    return .object(member.isOptional ? named + [JSONMember("default", .null)] : named)
  }
}
