import DeviceModel
import Yams

/// The `memory:` of a board file.
extension BoardReader {
  /// No address is higher: what page tables of any of the CPUs can name.
  private static let addresses = UInt64(1) << 52

  func memory(_ node: Node) throws(BoardError) -> MemoryDescription {
    var sizes: [String: UInt64] = ["default": 256 << 20, "maximum": 64 << 30]
    var windows: [(name: String, node: Node)] = []
    var roms: [MemoryDescription.ROM] = []
    var holes: [MemoryDescription.Hole] = []
    for (key, _, value) in try mapping(node, "memory", known: ["default", "maximum", "ram", "roms", "holes"]) {
      switch key {
      case "ram":
        for (name, _, window) in try mapping(value, key) { windows.append((name, window)) }
      case "roms":
        for (name, at, rom) in try mapping(value, key) { roms.append(try self.rom(name, at, rom)) }
      case "holes":
        for (name, at, hole) in try mapping(value, key) {
          let range = try range(hole, name, known: ["at", "size"])
          holes.append(MemoryDescription.Hole(name: name, range: range, place: at))
        }
      default: sizes[key] = try size(value, key, 1 << 20...16 << 40)
      }
    }
    let standard = sizes["default"] ?? 0
    let maximum = sizes["maximum"] ?? 0
    guard standard <= maximum else {
      throw place(node).error(
        "memory: the default, \(SizeText.show(standard)), is more than the maximum, \(SizeText.show(maximum))")
    }
    return MemoryDescription(
      defaultSize: standard, maximumSize: maximum, windows: try self.windows(windows, maximum, place(node)), roms: roms,
      holes: holes)
  }

  private func windows(
    _ nodes: [(name: String, node: Node)], _ maximum: UInt64, _ at: Place
  ) throws(BoardError) -> [MemoryDescription.Window] {
    var left = maximum
    var windows: [MemoryDescription.Window] = []
    for (name, node) in nodes {
      guard left > 0 else { throw place(node).error("\(name): the windows before it hold all of the maximum") }
      let range = try range(node, name, known: ["at", "size", "aliases"], rest: left)
      var aliases: [UInt64] = []
      if let list = node["aliases"] {
        let nodes: [Node] = if case .sequence(let sequence) = list { Array(sequence) } else { [list] }
        for node in nodes { aliases.append(try base(node, "aliases", size: range.size)) }
      }
      windows.append(MemoryDescription.Window(name: name, range: range, aliases: aliases, place: place(node)))
      left -= range.size
    }
    if windows.isEmpty {
      let all = MemoryDescription.Range(base: 0, size: maximum)
      windows = [MemoryDescription.Window(name: "ram", range: all, aliases: [], place: at)]
    } else if left > 0 {
      throw at.error("memory: ram: there are windows for \(SizeText.show(maximum - left)) of \(SizeText.show(maximum))")
    }
    return windows
  }

  private func rom(_ name: String, _ at: Place, _ node: Node) throws(BoardError) -> MemoryDescription.ROM {
    let whole = try range(node, name, known: ["at", "size", "boot"])
    // It is memory of the host, all of it.
    guard whole.size <= 1 << 30 else {
      throw at.error("\(name): a ROM has 1G at most, not \(SizeText.show(whole.size))")
    }
    let boot = try node["boot"].map { node throws(BoardError) in try range(node, "boot", known: ["at", "size"]) }
    if let boot, boot.size > whole.size { throw at.error("\(name): boot is larger than the ROM") }
    return MemoryDescription.ROM(name: name, range: whole, boot: boot, place: at)
  }

  /// `at` and `size`; `rest`, where it is given, stands for a size that is missing and bounds one that is not.
  private func range(
    _ node: Node, _ what: String, known: [String], rest: UInt64? = nil
  ) throws(BoardError) -> MemoryDescription.Range {
    _ = try mapping(node, what, known: known)
    var count = rest
    if let text = node["size"] {
      let wanted = try size(text, "size", (rest == nil ? 1 << 12 : 1 << 20)...Self.addresses)
      guard wanted & 0xfff == 0 else { throw place(text).error("size: is not in whole pages of 4K") }
      count = min(wanted, rest ?? .max)
    }
    guard let count else { throw place(node).error("\(what): size: is missing") }
    guard let start = node["at"] else { throw place(node).error("\(what): at: is missing") }
    return MemoryDescription.Range(base: try base(start, "at", size: count), size: count)
  }

  private func base(_ node: Node, _ what: String, size: UInt64) throws(BoardError) -> UInt64 {
    let base = try self.size(node, what)
    guard base & 0xfff == 0 else { throw place(node).error("\(what): \(Address.hex(base)) is no page's address") }
    guard base <= Self.addresses, size <= Self.addresses - base else {
      throw place(node).error("\(what): \(Address.hex(base)) is beyond the memory space")
    }
    return base
  }
}
