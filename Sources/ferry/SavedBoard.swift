import Boards
import DeviceModel
import Host
import Snapshots

/// The board of a run that goes on with a machine that was: it comes with that, and how it is equipped.
struct SavedBoard {
  let board: BoardDescription
  let setup: MachineSetup
  private let origin: String
  private let resources: [(name: String, kind: String, device: String, isPresent: Bool)]

  /// The board of `contents`; `origin` is where they come from, for messages.
  init(_ contents: SnapshotContents, from origin: String) throws(SnapshotError) {
    (board, setup) = try contents.machine(file: origin)
    self.origin = origin
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

  /// The names of its networks, in the order of its devices.
  var networkNames: [String] { resources.filter { ["net", "netdev"].contains($0.kind) }.map(\.name) }

  /// Gives devices the host resources that `options` name by `-rebind`, instead of those of their own names; `make`
  /// makes a character back end of a `-chardev`.
  func rebind(
    _ setup: inout MachineSetup, _ options: RunOptions,
    make: (_ id: String, _ name: String) throws -> any CharacterBackend
  ) throws {
    var taken = Set<String>()
    for (old, new) in options.rebinds {
      guard let resource = resources.first(where: { $0.name == old }) else {
        throw OptionError.unknown("resource of \(origin)", old, among: resources.map(\.name))
      }
      guard taken.insert(old).inserted else { throw OptionError("-rebind \(old) is given twice") }
      let known: [String]
      switch resource.kind {
      case "drive": known = options.drives.map(\.id)
      case "chardev": known = options.chardevs.map(\.id) + ["null"]
      case "net", "netdev": known = options.netdevs.map(\.id) + ["null"]
      default: throw OptionError("-rebind \(old)=\(new): nothing of this program is a \(resource.kind)")
      }
      guard known.contains(new) else { throw OptionError.unknown(resource.kind, new, among: known) }
      if resource.kind == "chardev" {
        setup.backends[old] = new == "null" ? NullBackend() : try make(new, old)
      } else if new == "null" {
        // What is not given is nothing.
        setup.backends[old] = nil
      } else {
        guard taken.insert("drive \(new)").inserted else { throw OptionError("-rebind \(new) is given twice") }
        setup.backends[old] = setup.backends[new]
      }
    }
  }

  /// Lists the host resources that the machine had and nobody has named. Character devices get an end to nowhere;
  /// without its disk the machine will be refused.
  func complete(
    _ setup: inout MachineSetup, network: (_ name: String) -> any NetworkBackend, note: (String) -> Void
  ) {
    for resource in resources where resource.isPresent && setup.backends[resource.name] == nil {
      let name = "\(resource.name) of \(resource.device)"
      switch resource.kind {
      case "chardev":
        setup.backends[resource.name] = NullBackend()
        note("\(name) is not given: what it prints goes nowhere")
      case "drive":
        note("\(name) is not given: -drive id=\(resource.name) or -rebind \(resource.name)=ID names its disk")
      case "net", "netdev":
        setup.backends[resource.name] = network(resource.name)
        note("\(name) is not given: what it sends goes nowhere")
      default: note("\(name) is not given")
      }
    }
  }
}
