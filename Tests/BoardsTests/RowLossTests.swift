import DeviceAudit
import DeviceModel
import MachineSample
import SavedState
import Testing

@testable import Boards

/// No row of any table can be lost without a test that fails.
struct RowLossTests {
  /// The tables of the catalogue with those nested in them, by name.
  private static let tables: [String: AnyStateTable] = {
    var found: [String: AnyStateTable] = [:]
    func add(_ table: AnyStateTable) {
      guard found.updateValue(table, forKey: table.name) == nil else { return }
      for row in table.properties { if let nested = row.nested { add(nested) } }
    }
    for table in Catalogue.tables { add(table) }
    return found
  }()

  @Test func `a table that lacks any of its rows fails the audit, which names the property`() {
    #expect(Self.tables.count > Catalogue.models.count)
    for table in Self.tables.values {
      #expect(auditStructure(table) == [], "\(table.name)")
      for row in table.properties {
        // Of a property in a struct that has no other row the whole struct is named.
        let names = row.property.split(separator: ".").indices.map { end in
          row.property.split(separator: ".")[...end].joined(separator: ".")
        }
        let faults = auditStructure(table, without: row.property)
        #expect(
          faults.contains { fault in names.contains { fault.hasSuffix("\(table.name): \($0) has no row") } },
          "\(table.name): \(row.property): \(faults)")
      }
    }
  }

  private func drawn<D: Device>(_ device: D, _ random: inout SplitMix64) -> StateGroup {
    D.State.table.save(D.State.table.drawn(from: device.state, &random)).state
  }

  /// The machine's tree once `tree` has been loaded; nil when it is refused.
  private func move(_ machine: Machine, _ tree: StateNode) -> StateNode? {
    guard (try? machine.load(tree)) != nil else { return nil }
    return machine.save()
  }

  /// A tree of `machine` in which the node called `name` has the state that `state` draws, as lines to other devices
  /// then are.
  private func settled(_ machine: Machine, _ base: StateNode, _ name: String, _ state: StateGroup) -> StateNode? {
    var tree = base
    tree[child: name]?.state = state
    for _ in 0..<4 {
      guard let next = move(machine, tree) else { return nil }
      if next == tree { return tree }
      tree = next
    }
    return nil
  }

  private func machine(_ name: String) throws -> Machine {
    try SampleMachines.running(name) { setup in
      guard name == "microvm" else { return }
      setup.cpus = 2
      setup.devices = [
        DeviceRequest(model: "isa-debug-exit", properties: ["iobase": "0xf4", "iosize": "4"]),
        DeviceRequest(model: "isa-debugcon", properties: ["iobase": "0xe9"]),
      ]
      setup.backends["disk"] = MemoryDisk(size: 1 << 20)
      for type in Catalogue.models where type.model.slot != nil {
        let properties = type.model.backends.contains("drive") ? ["drive": "disk"] : [:]
        setup.devices.append(DeviceRequest(model: type.model.name, properties: properties))
      }
    }
  }

  /// What a mad guest and a mad board do to a device.
  private func storm<D: Device>(_ device: D, _ random: inout SplitMix64) {
    for _ in 0..<40 {
      if let index = D.model.inputs.indices.randomElement(using: &random) {
        device.input(index, random.next() & 1 == 0)
      }
      if let index = D.model.regions.indices.randomElement(using: &random) {
        randomAccess(device, D.model.regions[index], index, &random)
      }
    }
  }

  /// What is left of `rows` when only the device itself is loaded: lines that others drive keep the levels that it was
  /// given then.
  private func unnoticedAlone<D: Device>(_ device: D, _ rows: [[String]], _ random: inout SplitMix64) -> [[String]] {
    let table = D.State.table
    let before = device.state
    defer {
      device.state = before
      device.settle()
    }
    func move(_ tree: StateNode) -> StateNode? {
      guard let node = tree[child: table.name], let state = try? table.load(node, over: before) else { return nil }
      device.state = state
      device.settle()
      var tree = StateNode("machine")
      tree.add(table.save(device.state))
      return tree
    }
    return unnoticed(rows, in: table.name, rounds: 200) {
      var tree = StateNode("machine")
      // Rows that depend on each other are hardly ever drawn together, but chips and boards bring them together.
      if random.next() & 1 == 0 { storm(device, &random) } else { device.state = table.drawn(from: before, &random) }
      tree.add(table.save(device.state))
      return move(tree).flatMap(move)
    } move: {
      move($0)
    }
  }

  @Test func `a machine that has lost any saved row on its way is another machine`() throws {
    // The older board for what the newest has not any more.
    let older = try SampleMachines.running("microvm", version: 2)
    let machines = try SampleMachines.boards.map(machine) + [older]
    var random = SplitMix64(seed: 7)
    var left: [String: [[String]]] = [:]
    for machine in machines {
      let base = machine.save()
      for entry in machine.devices {
        let table = Catalogue.table(of: type(of: entry.device))
        if machine === older, left[table.name] != nil { continue }
        var rows = left[table.name] ?? savedRows(table)
        rows = unnoticed(rows, in: entry.name, rounds: 10) {
          settled(machine, base, entry.name, drawn(entry.device, &random))
        } move: {
          move(machine, $0)
        }
        rows = unnoticed(rows, in: entry.name, turning: base) { move(machine, $0) }
        left[table.name] = unnoticedAlone(entry.device, rows, &random)
      }
      for (node, table) in [("clock", AnyStateTable(ClockState.table)), ("turn", AnyStateTable(TurnState.table))] {
        left[node] = unnoticed(left[node] ?? savedRows(table), in: node, turning: base) { move(machine, $0) }
      }
    }
    let names = left.flatMap { table, rows in rows.map { "\(table): \($0.joined(separator: "/"))" } }
    #expect(names.sorted() == [])
    #expect(left.count == Catalogue.models.count + 2)
  }

  /// What finds lost rows has to find one.
  @Test func `a row that no load reads is told by name, in lists and subsections too`() throws {
    var state = StateGroup()
    state["count"] = .integer(1)
    state["lines"] = .list([.group(StateGroup([StateAttribute("level", .bool(true))])!)])
    state["more"] = .group(StateGroup([StateAttribute("rate", .integer(9))])!)
    var tree = StateNode("machine")
    tree.add(StateNode("chip", model: "chip", state: state))
    let rows = [["count"], ["lines"], ["lines", "level"], ["more"], ["more", "rate"], ["gone"]]
    /// What is told of a reader that puts back what it does not find in one row.
    func told(_ forgotten: [String]) -> [[String]] {
      unnoticed(rows, in: "chip", rounds: 1) {
        tree
      } move: { moved in
        moved[child: "chip"]?.state == state.dropping(forgotten) ? tree : moved
      }
    }
    for row in rows where row != ["gone"] { #expect(told(row) == [row, ["gone"]]) }
    #expect(told([]) == [["gone"]])
    #expect(unnoticed(rows, in: "chip", turning: tree) { $0 } == [["lines"], ["lines", "level"], ["more"], ["gone"]])
  }
}
