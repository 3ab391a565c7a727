import DeviceModel
import Yams

/// Reads board files: YAML, with the place of everything that is wrong.
///
/// The newest version of a board is written out; each entry of `older` says how that version differs from the
/// next newer one: a mapping merged over it, where null takes something away.
public struct BoardReader {
  /// Values are texts here: without rules for what a text might be, which take 2 ms to be made.
  private static let resolver = Resolver.basic
  private static var tag: Tag { Tag(.implicit, resolver) }

  let file: String
  private let root: Node

  /// - Throws: `BoardError` when `text` is not YAML.
  public init(_ text: String, file: String) throws(BoardError) {
    self.file = file
    do {
      guard let node = try Yams.compose(yaml: text, Self.resolver) else { throw BoardError("is empty", file: file) }
      root = node
    } catch let error as BoardError {
      throw error
    } catch let error as YamlError {
      throw Self.explain(error, file)
    } catch {
      throw BoardError("\(error)", file: file)
    }
  }

  private static func explain(_ error: YamlError, _ file: String) -> BoardError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return BoardError(problem, file: file, line: max(1, mark.line), column: max(1, mark.column))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let mark = context.mark
      let names = duplicates.sorted().joined(separator: ", ")
      return BoardError("\(names) is given twice", file: file, line: max(1, mark.line), column: max(1, mark.column))
    default:
      let line = "\(error)".split(separator: "\n").first.map(String.init) ?? "is not YAML"
      return BoardError(line, file: file)
    }
  }

  // MARK: Pieces

  func place(_ node: Node) -> Place {
    guard let mark = node.mark else { return Place(file: file) }
    return Place(file: file, line: mark.line, column: mark.column)
  }

  /// The entries of a mapping, in order; keys outside `known` are refused.
  func mapping(
    _ node: Node, _ what: String, known: [String]? = nil
  ) throws(BoardError) -> [(key: String, at: Place, value: Node)] {
    guard case .mapping(let mapping) = node else { throw place(node).error("\(what): expected \"key: value\" lines") }
    var entries: [(key: String, at: Place, value: Node)] = []
    for (key, value) in mapping {
      guard let name = key.string else { throw place(key).error("\(what): expected a name") }
      if let known, !known.contains(name) { throw unknown("key", name, known, place(key)) }
      entries.append((name, place(key), value))
    }
    return entries
  }

  private func unknown(_ what: String, _ name: String, _ known: some Sequence<String>, _ place: Place) -> BoardError {
    let near = NearestName.of(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    return place.error("unknown \(what) \"\(name)\"\(near)")
  }

  private func text(_ node: Node, _ what: String) throws(BoardError) -> String {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      throw place(node).error("\(what): expected one word or number")
    }
    return scalar.string
  }

  func size(_ node: Node, _ what: String) throws(BoardError) -> UInt64 {
    let text = try text(node, what)
    guard let value = SizeText.parse(text) else { throw place(node).error("\(what): \"\(text)\" is no number or size") }
    return value
  }

  func size(_ node: Node, _ what: String, _ range: ClosedRange<UInt64>) throws(BoardError) -> UInt64 {
    let value = try size(node, what)
    guard range.contains(value) else {
      let limits = "\(SizeText.show(range.lowerBound)) to \(SizeText.show(range.upperBound))"
      throw place(node).error("\(what): \"\(try text(node, what))\" is no size from \(limits)")
    }
    return value
  }

  private func number(_ node: Node, _ what: String, _ range: ClosedRange<Int>) throws(BoardError) -> Int {
    let text = try text(node, what)
    guard let value = Int(text), range.contains(value) else {
      throw place(node).error("\(what): \"\(text)\" is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  // MARK: The board

  private static let keys = ["board", "version", "summary", "guest", "option-rom", "cpu", "memory", "devices", "slots"]

  /// Every version the file describes, newest first.
  public func versions() throws(BoardError) -> [BoardDescription] {
    var boards: [BoardDescription] = []
    var older: Node?
    var rest: [(Node, Node)] = []
    for (key, _, value) in try mapping(root, "a board file", known: Self.keys + ["older"]) {
      if key == "older" { older = value }
    }
    if case .mapping(let all) = root { rest = all.filter { $0.key.string != "older" }.map { ($0.key, $0.value) } }
    var present = Node.mapping(Node.Mapping(rest, Self.tag, .any, root.mark))
    boards.append(try board(present))
    guard let older else { return boards }
    guard case .sequence(let entries) = older else { throw place(older).error("older: expected a list of versions") }
    for entry in entries {
      _ = try mapping(entry, "an older version", known: Self.keys)
      guard entry["version"] != nil else { throw place(entry).error("an older version needs its version:") }
      present = merged(present, entry)
      let next = try board(present)
      guard let last = boards.last, next.version < last.version else {
        throw place(entry).error("older versions go down: \(next.version) is not older")
      }
      boards.append(next)
    }
    return boards
  }

  private func merged(_ newer: Node, _ change: Node) -> Node {
    guard case .mapping(let base) = newer, case .mapping(let changes) = change else { return change }
    var pairs = base.map { ($0.key, $0.value) }
    for (key, value) in changes {
      let index = pairs.firstIndex { $0.0.string == key.string }
      if case .scalar(let scalar) = value, scalar.style == .plain, ["", "null", "~"].contains(scalar.string) {
        if let index { pairs.remove(at: index) }
      } else if let index {
        pairs[index].1 = merged(pairs[index].1, value)
      } else {
        pairs.append((key, value))
      }
    }
    return .mapping(Node.Mapping(pairs, Self.tag, .any, base.mark ?? changes.mark))
  }

  private func board(_ node: Node) throws(BoardError) -> BoardDescription {
    var values: [String: Node] = [:]
    for (key, _, value) in try mapping(node, "a board file", known: Self.keys) { values[key] = value }
    func needed(_ key: String) throws(BoardError) -> Node {
      guard let value = values[key] else { throw place(node).error("\(key): is missing") }
      return value
    }
    let name = try text(try needed("board"), "board")
    let version = try number(try needed("version"), "version", 1...9999)
    let summary = try values["summary"].map { node throws(BoardError) in try text(node, "summary") } ?? name
    let guest = try values["guest"].map { node throws(BoardError) in try text(node, "guest") }
    let optionROM = try values["option-rom"].map { node throws(BoardError) in try text(node, "option-rom") }

    var cpuModel: String?
    var maximum = 1
    for (key, _, value) in try mapping(try needed("cpu"), "cpu", known: ["model", "maximum"]) {
      if key == "model" { cpuModel = try text(value, key) } else { maximum = try number(value, key, 1...64) }
    }
    let memory = try memory(try needed("memory"))
    var devices: [DeviceDescription] = []
    for (key, at, value) in try mapping(try needed("devices"), "devices") {
      devices.append(try device(key, at, value))
    }
    var slots: [SlotDescription] = []
    if let node = values["slots"] {
      for (key, at, value) in try mapping(node, "slots") { slots.append(try slot(key, at, value)) }
    }
    return BoardDescription(
      name: name, version: version, summary: summary, cpuModel: cpuModel, maximumCPUs: maximum, guest: guest,
      optionROM: optionROM, memory: memory, devices: devices, slots: slots, file: file)
  }

  private func slot(_ name: String, _ at: Place, _ node: Node) throws(BoardError) -> SlotDescription {
    try checkName(name, at)
    let entries = try mapping(node, name, known: ["model", "at", "count", "wires"])
    let values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    guard let model = values["model"], let base = values["at"], let count = values["count"] else {
      throw at.error("\(name): model:, at: and count: are needed")
    }
    var wires: [String: WireEnd] = [:]
    for (output, _, ends) in values["wires"] == nil ? [] : try mapping(values["wires"] ?? node, "wires") {
      guard let end = try wireEnds(ends).first, end.input.last?.isNumber == true else {
        throw place(ends).error("a slot's wire ends at DEVICE.INPUT with a number, of the first slot")
      }
      wires[output] = end
    }
    return SlotDescription(
      name: name, model: try text(model, "model"), base: try size(base, "at"),
      count: try number(count, "count", 1...256), wires: wires, place: at)
  }

  private func checkName(_ name: String, _ at: Place) throws(BoardError) {
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    else { throw at.error("device name \"\(name)\": expected letters, digits, - and _") }
  }

  private func device(_ name: String, _ at: Place, _ node: Node) throws(BoardError) -> DeviceDescription {
    try checkName(name, at)
    var model: String?
    var version = 1
    var addresses: [String: (value: UInt64, place: Place)] = [:]
    var wires: [String: [WireEnd]] = [:]
    var parameters: [String: (value: String, place: Place)] = [:]
    var backends: [String: String] = [:]
    var isPerCPU = false
    let known = ["model", "version", "at", "wires", "parameters", "backends", "per-cpu"]
    for (key, _, value) in try mapping(node, name, known: known) {
      switch key {
      case "model": model = try text(value, key)
      case "version": version = try number(value, key, 1...9999)
      case "per-cpu": isPerCPU = try text(value, key) == "true"
      case "at":
        for (region, _, address) in try mapping(value, key) {
          addresses[region] = (try size(address, region), place(address))
        }
      case "wires":
        for (output, _, ends) in try mapping(value, key) { wires[output] = try wireEnds(ends) }
      case "parameters":
        for (parameter, _, setting) in try mapping(value, key) {
          parameters[parameter] = (try text(setting, parameter), place(setting))
        }
      default:
        for (backend, _, resource) in try mapping(value, key) { backends[backend] = try text(resource, backend) }
      }
    }
    guard let model else { throw at.error("\(name): model: is missing") }
    return DeviceDescription(
      name: name, model: model, version: version, addresses: addresses, wires: wires, parameters: parameters,
      backends: backends, isPerCPU: isPerCPU, place: at)
  }

  private func wireEnds(_ node: Node) throws(BoardError) -> [WireEnd] {
    var ends: [WireEnd] = []
    let nodes: [Node] = if case .sequence(let sequence) = node { Array(sequence) } else { [node] }
    for node in nodes {
      for part in try text(node, "a wire").split(separator: ",") {
        let words = part.split(separator: " ").joined().split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 2, !words[0].isEmpty, !words[1].isEmpty else {
          throw place(node).error("a wire ends at DEVICE.INPUT, not at \"\(part)\"")
        }
        ends.append(WireEnd(device: String(words[0]), input: String(words[1]), place: place(node)))
      }
    }
    return ends
  }
}
