/// JSON Schema (draft 2020-12) of the JSON form of trees.
public enum JSONSchema {
  /// The schema of a node of one model.
  public static func text(_ table: AnyStateTable) -> String { text([table], root: reference(table.name)) }

  /// The schema of trees whose nodes are of the models in `tables`, or of others, of which it says nothing.
  public static func text(_ tables: [AnyStateTable]) -> String {
    let models = tables.map { reference($0.name) } + [reference("-other")]
    return text(tables, root: .object(["oneOf": .array(models)]))
  }

  private static let name = "^[A-Za-z0-9_.-]{1,128}$"

  private static func reference(_ name: String) -> JSONValue { .object(["$ref": .string("#/$defs/\(name)")]) }

  private static func text(_ tables: [AnyStateTable], root: JSONValue) -> String {
    var definitions: [JSONMember] = []
    for table in tables { definitions.append(JSONMember(table.name, node(table))) }
    // A node of a model that has no table here, such as one that only holds others.
    let other: JSONValue = .object([
      "type": .string("object"),
      "properties": .object([
        "model": .object([
          "type": .string("string"), "pattern": .string(name),
          "not": .object(["enum": .array(tables.map { .string($0.name) })]),
        ]),
        "version": .object(["type": .string("integer"), "minimum": .integer(1)]),
        "state": .object(["type": .string("object")]), "children": reference("-children"),
      ]),
      "required": .array([.string("version"), .string("state")]), "additionalProperties": .bool(false),
    ])
    definitions.append(JSONMember("-other", other))
    definitions.append(
      JSONMember(
        "-children",
        .object([
          "type": .string("object"), "propertyNames": .object(["pattern": .string(name)]),
          "additionalProperties": .object([
            "anyOf": .array(tables.map { reference($0.name) } + [reference("-other")])
          ]),
        ])))
    return JSONWriter.text(
      .object([
        "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
        "title": .string(tables.count == 1 ? tables[0].name : "state tree"),
        "type": .string("object"), "minProperties": .integer(1), "maxProperties": .integer(1),
        "propertyNames": .object(["pattern": .string(name)]), "additionalProperties": root,
        "$defs": .object(definitions),
      ]))
  }

  private static func node(_ table: AnyStateTable) -> JSONValue {
    .object([
      "type": .string("object"),
      "properties": .object([
        "model": .object(["const": .string(table.name)]),
        "version": .object(["const": .integer(Int128(table.version))]),
        "state": group(table.rows, version: nil), "children": reference("-children"),
      ]),
      "required": .array([.string("model"), .string("version"), .string("state")]),
      "additionalProperties": .bool(false),
    ])
  }

  private static func group(_ rows: [StateRow], version: Int?) -> JSONValue {
    var properties: [JSONMember] = []
    if let version { properties.append(JSONMember("$version", .object(["const": .integer(Int128(version))]))) }
    for row in rows where row.role != .derived {
      var schema = value(row.shape)
      if !row.doc.isEmpty, case .object(let members) = schema {
        schema = .object(members + [JSONMember("description", .string(row.doc))])
      }
      properties.append(JSONMember(row.mustUnderstand ? row.name : row.name + "?", schema))
    }
    var members = [JSONMember("type", .string("object")), JSONMember("properties", .object(properties))]
    if version != nil { members.append(JSONMember("required", .array([.string("$version")]))) }
    // An unknown attribute that may be skipped is no fault.
    members.append(JSONMember("patternProperties", .object(["^[A-Za-z0-9_.-]{1,128}\\?$": .bool(true)])))
    members.append(JSONMember("additionalProperties", .bool(false)))
    return .object(members)
  }

  private static func value(_ shape: StateShape) -> JSONValue {
    switch shape {
    case .integer(_, let range):
      return .object([
        "type": .string("integer"), "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
      ])
    case .bool: return .object(["type": .string("boolean")])
    case .enumeration(_, _, let symbols):
      let raw: JSONValue =
        symbols.isEmpty
        ? .object(["type": .string("integer")]) : .object(["enum": .array(symbols.map { .integer($0.raw) })])
      return .object([
        "type": .string("object"),
        "properties": .object(["$enum": raw, "$symbol": .object(["type": .string("string")])]),
        "required": .array([.string("$enum")]), "additionalProperties": .bool(false),
      ])
    case .bytes(_, let count):
      return .object([
        "type": .string("object"),
        "properties": .object([
          "$bytes": .object(["type": .string("string"), "pattern": .string("^([0-9a-f]{2}){\(count)}$")])
        ]),
        "required": .array([.string("$bytes")]), "additionalProperties": .bool(false),
      ])
    case .array(let element, let count): return list(element, count...count)
    case .list(let element, let max): return list(element, 0...max)
    case .optional(let element): return list(element, 0...1)
    case .table(let table): return group(table.rows, version: table.version)
    case .subsection(let rows): return group(rows, version: nil)
    }
  }

  private static func list(_ element: StateShape, _ count: ClosedRange<Int>) -> JSONValue {
    .object([
      "type": .string("array"), "items": value(element), "minItems": .integer(Int128(count.lowerBound)),
      "maxItems": .integer(Int128(count.upperBound)),
    ])
  }
}
