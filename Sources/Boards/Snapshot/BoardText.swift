/// A board's canonical text: a board file of one version, each thing on a line of its own, and every value written in
/// one way. Equal boards have equal texts. It goes into snapshots, and `-M` takes it as it does any board file.
struct BoardText {
  private(set) var text = ""

  init(_ board: BoardDescription) {
    add(0, "board", board.name)
    add(0, "version", "\(board.version)")
    add(0, "summary", board.summary)
    if let guest = board.guest { add(0, "guest", guest) }
    if let rom = board.optionROM { add(0, "option-rom", rom) }
    open(0, "cpu")
    if let model = board.cpuModel { add(1, "model", model) }
    add(1, "maximum", "\(board.maximumCPUs)")
    add(board.memory)
    open(0, "devices")
    for device in board.devices { add(device) }
    if !board.slots.isEmpty { open(0, "slots") }
    for slot in board.slots {
      open(1, slot.name)
      add(2, "model", slot.model)
      add(2, "at", Address.hex(slot.base))
      add(2, "count", "\(slot.count)")
      add(2, "wires", slot.wires.mapValues(\.text))
    }
  }

  private mutating func add(_ memory: MemoryDescription) {
    open(0, "memory")
    add(1, "default", "\(memory.defaultSize)")
    add(1, "maximum", "\(memory.maximumSize)")
    open(1, "ram")
    for window in memory.windows {
      open(2, window.name)
      add(3, window.range)
      if !window.aliases.isEmpty { add(3, "aliases", list: window.aliases.map(Address.hex)) }
    }
    if !memory.roms.isEmpty { open(1, "roms") }
    for rom in memory.roms {
      open(2, rom.name)
      add(3, rom.range)
      guard let boot = rom.boot else { continue }
      open(3, "boot")
      add(4, boot)
    }
    if !memory.holes.isEmpty { open(1, "holes") }
    for hole in memory.holes {
      open(2, hole.name)
      add(3, hole.range)
    }
  }

  private mutating func add(_ device: DeviceDescription) {
    open(1, device.name)
    add(2, "model", device.model)
    add(2, "version", "\(device.version)")
    if device.isPerCPU { add(2, "per-cpu", "true") }
    add(2, "at", device.addresses.mapValues { Address.hex($0.value) })
    if !device.wires.isEmpty { open(2, "wires") }
    for (output, ends) in device.wires.sorted(by: { $0.key < $1.key }) { add(3, output, list: ends.map(\.text)) }
    add(2, "parameters", device.parameters.mapValues(\.value))
    add(2, "backends", device.backends)
  }

  // MARK: Lines

  private mutating func add(_ depth: Int, _ range: MemoryDescription.Range) {
    add(depth, "at", Address.hex(range.base))
    add(depth, "size", Address.hex(range.size))
  }

  private mutating func add(_ depth: Int, _ key: String, _ values: [String: String]) {
    guard !values.isEmpty else { return }
    open(depth, key)
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { add(depth + 1, key, value) }
  }

  private mutating func add(_ depth: Int, _ key: String, list: [String]) {
    line(depth, key, " [" + list.map(Self.word).joined(separator: ", ") + "]")
  }

  private mutating func add(_ depth: Int, _ key: String, _ value: String) { line(depth, key, " " + Self.word(value)) }

  private mutating func open(_ depth: Int, _ key: String) { line(depth, key, "") }

  private mutating func line(_ depth: Int, _ key: String, _ rest: String) {
    text += String(repeating: "  ", count: depth) + Self.word(key) + ":" + rest + "\n"
  }

  /// Whether `byte` needs no quotes.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func word(_ text: String) -> String {
    if !text.isEmpty, text.utf8.allSatisfy(isPlain), text.utf8.first != UInt8(ascii: "-") { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _
      where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        || [0x2028, 0x2029, 0xfeff].contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension BoardDescription {
  /// The board as a board file: see `BoardText`.
  public var canonicalText: String { BoardText(self).text }
}
