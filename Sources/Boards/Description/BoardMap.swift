import DeviceModel
import PCDevices

/// A board's resolved map, for people: what is where, in which version, and on which interrupts.
public struct BoardMap {
  /// The board that was resolved.
  public let board: BoardDescription
  private let devices: [PlacedDevice]

  /// - Throws: `BoardError` when the board does not fit the catalogue.
  public init(board: BoardDescription, cpus: Int) throws(BoardError) {
    guard (1...board.maximumCPUs).contains(cpus) else {
      throw BoardError("\(board.name) takes 1 to \(board.maximumCPUs) CPUs, not \(cpus)")
    }
    self.board = board
    devices = try BoardResolver(board: board, cpus: cpus).resolve()
  }

  /// The map as a table, a line for each range of addresses and each wire.
  public var text: String {
    var text = "\(board.fullName): \(board.summary)\n"
    let cpu = board.cpuModel ?? board.processor?.model.parameters.first { $0.name == "cpu" }?.defaultValue ?? "none"
    text += "  CPU \(cpu), up to \(board.maximumCPUs); RAM \(SizeText.show(board.memory.defaultSize)), up to "
    text += "\(SizeText.show(board.memory.maximumSize))\n\n"
    text += memoryRows + Self.row(["device", "model", "version", "where", "wires"])
    for device in devices {
      var places = device.model.regions.enumerated().compactMap { index, region -> String? in
        guard let base = device.bases[index] else { return nil }
        let last = base + device.sizes[index] - 1
        return "\(region.space.rawValue) \(Address.hex(base))" + (last > base ? "-\(Address.hex(last))" : "")
      }
      if device.type == LocalAPIC.self { places.append("memory 0xfee00000-0xfee00fff, own CPU's") }
      var wires = device.wires.sorted { $0.key < $1.key }.map { output, ends in
        "\(output): \(ends.map(\.text).joined(separator: ", "))"
      }
      var first = true
      repeat {
        let head = first ? [device.name, device.model.name, "\(device.version)"] : ["", "", ""]
        let place = places.isEmpty ? "" : places.removeFirst()
        text += Self.row(head + [place, wires.isEmpty ? "" : wires.removeFirst()])
        first = false
      } while !places.isEmpty || !wires.isEmpty
    }
    for slot in board.slots {
      let (first, last) = (slot.device(0), slot.device(slot.count - 1))
      let region = Catalogue.model(slot.model)?.model.regions.first
      let bases = [first, last].map { $0.addresses[region?.name ?? ""]?.value ?? slot.base }
      let wires = slot.wires.keys.sorted().map { output in
        "\(output): \(first.wires[output]?.first?.text ?? "") to \(last.wires[output]?.first?.text ?? "")"
      }
      text += Self.row([
        "\(first.name)-\(slot.count - 1)", slot.model, "slots",
        "\(region?.space.rawValue ?? "") \(Address.hex(bases[0]))-\(Address.hex(bases[1] + (region?.size ?? 1) - 1))",
        wires.joined(separator: "; "),
      ])
    }
    return text
  }

  /// A line for each place of RAM, ROM or nothing.
  private var memoryRows: String {
    var rows = Self.row(["memory", "", "", "where", ""])
    func add(_ name: String, _ what: String, _ range: MemoryDescription.Range) {
      rows += Self.row([name, what, "", "memory \(Address.hex(range.base))-\(Address.hex(range.last))", ""])
    }
    for window in board.memory.windows {
      add(window.name, "RAM", window.range)
      for alias in window.aliases { add("", "alias", MemoryDescription.Range(base: alias, size: window.range.size)) }
    }
    for rom in board.memory.roms {
      add(rom.name, "ROM", rom.range)
      if let boot = rom.boot { add("", "until remap", boot) }
    }
    for hole in board.memory.holes { add(hole.name, "nothing", hole.range) }
    return rows + "\n"
  }

  private static func row(_ cells: [String]) -> String {
    var line = "  "
    for (cell, width) in zip(cells, [14, 18, 9, 36, 0]) {
      line += cell + String(repeating: " ", count: max(width == 0 ? 0 : 1, width - cell.count))
    }
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
