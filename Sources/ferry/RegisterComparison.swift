import Boards
import DeviceModel
import Host
import SavedState
import Snapshots

/// The registers of two snapshots' devices, as their guests would read them.
enum RegisterComparison {
  /// A line for each register that reads differently, with the fields that do; none where a machine cannot be made of
  /// a file here.
  static func lines(_ a: SnapshotInput, _ b: SnapshotInput) -> [String] {
    guard let mine = try? machine(a), let theirs = try? machine(b) else { return [] }
    var lines: [String] = []
    for (name, device) in theirs.devices where mine.devices.contains(where: { $0.name == name }) {
      for row in type(of: device).registers where row.access != .writeOnly {
        // Each from a twin of its own: reading one may change another.
        guard let before = mine.twin(of: name)?.read(row), let after = theirs.twin(of: name)?.read(row),
          before != after
        else { continue }
        lines.append("register \(name).\(row.name): \(BitText.change(before, after))\(fields(row, before, after))")
      }
    }
    return lines
  }

  private static func fields(_ row: RegisterRow, _ before: UInt64, _ after: UInt64) -> String {
    let changed = row.fields.filter { $0.value(in: before) != $0.value(in: after) }
    guard !changed.isEmpty else { return "" }
    return " (" + changed.map { "\($0.text) \($0.value(in: before)) -> \($0.value(in: after))" }.joined(separator: ", ")
      + ")"
  }

  private static func machine(_ input: SnapshotInput) throws -> Machine {
    var (board, setup) = try input.contents.machine(file: input.path)
    for resource in input.contents.resources where resource.isPresent && resource.kind == "chardev" {
      setup.backends[resource.name] = NullBackend()
    }
    let machine = try MachineBuilder(board: board, setup: setup, host: IdleHost()).build()
    try machine.load(input.contents.tree)
    return machine
  }
}
