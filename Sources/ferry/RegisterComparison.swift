import Boards
import DeviceModel
import Host
import SavedState
import Snapshots

/// The registers of two snapshots' devices, as their guests would read them.
enum RegisterComparison {
  /// A line for each register that reads differently; none where a machine cannot be made of a file here.
  static func lines(_ a: SnapshotInput, _ b: SnapshotInput) -> [String] {
    guard let mine = try? registers(a), let theirs = try? registers(b) else { return [] }
    var known: [String: UInt64] = [:]
    for register in mine { known["\(register.device).\(register.register)"] = register.value }
    return theirs.compactMap { register in
      let name = "\(register.device).\(register.register)"
      guard let before = known[name], before != register.value else { return nil }
      return "register \(name): \(BitText.change(before, register.value))"
    }
  }

  private static func registers(_ input: SnapshotInput) throws -> [Machine.RegisterValue] {
    var (board, setup) = try input.contents.machine(file: input.path)
    for resource in input.contents.resources where resource.isPresent && resource.kind == "chardev" {
      setup.backends[resource.name] = NullBackend()
    }
    let machine = try MachineBuilder(board: board, setup: setup, host: IdleHost()).build()
    try machine.load(input.contents.tree)
    return machine.registers()
  }
}
