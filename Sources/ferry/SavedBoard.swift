import Boards
import Host
import Snapshots

/// The board of a run that goes on with a machine that was: it comes with that, and how it is equipped.
struct SavedBoard {
  let board: BoardDescription
  let setup: MachineSetup
  private let resources: [(name: String, kind: String, device: String, isPresent: Bool)]

  /// The board of `contents`; `origin` is where they come from, for messages.
  init(_ contents: SnapshotContents, from origin: String) throws(SnapshotError) {
    (board, setup) = try contents.machine(file: origin)
    resources = contents.resources
  }

  /// Equips the machine as it was. How time is made may be chosen anew, as `options` do.
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
}
