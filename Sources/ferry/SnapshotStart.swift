import Boards
import Host
import Snapshots

/// `-loadvm FILE`: a run that goes on where a snapshot was saved. The board and how it is equipped come from the file.
struct SnapshotStart {
  private let file: SnapshotFile
  let board: BoardDescription
  private let setup: MachineSetup
  private let resources: [(name: String, kind: String, device: String, isPresent: Bool)]

  /// - Throws: `SnapshotError` when the file is damaged; the memory is not looked at yet.
  init(_ path: String) throws(SnapshotError) {
    file = try SnapshotFile(path)
    let contents = try file.contents()
    (board, setup) = try contents.machine(file: path)
    resources = contents.resources
  }

  /// What the guest had printed last.
  var console: String { file.header.console }

  /// Equips the machine as the file says. How time is made may be chosen anew, as `options` do.
  func equip(_ setup: inout MachineSetup, _ options: RunOptions) {
    setup.memory = self.setup.memory
    setup.cpus = self.setup.cpus
    setup.cpuModel = self.setup.cpuModel
    setup.devices = self.setup.devices
    if !options.isClockChosen { setup.clock = self.setup.clock }
    // Of a kernel that was not named again there is nothing to begin with.
    setup.noReboot = options.noReboot || !options.namesGuest
  }

  /// Gives devices whose character back end nobody has named one to nowhere. What is missing is listed.
  func complete(_ setup: inout MachineSetup, note: (String) -> Void) {
    for resource in resources where resource.isPresent && setup.backends[resource.name] == nil {
      guard resource.kind == "chardev" else { continue }
      setup.backends[resource.name] = NullBackend()
      note("\(resource.name) of \(resource.device) is not given: what it prints goes nowhere")
    }
  }

  /// Puts the machine into the file's state, or says everything that does not fit.
  func load(into machine: Machine) throws(SnapshotError) { try machine.loadLate(file) }
}
