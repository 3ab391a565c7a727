import ArgumentParser
import Boards
import DeviceModel
import Host
import Snapshots

/// `ferry snapshot check FILE --against MACHINE`.
struct SnapshotCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say everything of a file that would not fit a machine.")

  @Argument(help: SnapshotInput.help)
  var file: String

  @Option(help: "A board, as -M names it; it is equipped as the file says, but for the options below.")
  var against: String

  @Option(name: .customShort("m"), help: "RAM, as for ferry run.")
  var memory: String?

  @Option(help: "How many CPUs.")
  var smp: Int?

  @Option(help: "The CPU model.")
  var cpu: String?

  @Option(help: "A disk, as for ferry run -drive.")
  var drive: [String] = []

  @Option(name: .customShort("L"), help: "Another place for board files.")
  var folder: [String] = []

  func run() throws {
    let contents = try SnapshotInput(file).contents
    let board = try BoardFiles(DataFolders(extra: folder)).board(against)
    var setup = try contents.machine(file: file).setup
    if let memory {
      guard let size = SizeText.parse(memory, unit: 1 << 20), size > 0 else {
        throw OptionError("-m \(memory): expected a size such as 256M or 1G")
      }
      setup.memory = size
    }
    setup.cpus = smp ?? setup.cpus
    if board.name != contents.header.board { setup.cpuModel = nil }
    setup.cpuModel = cpu ?? setup.cpuModel
    setup.backends = try Drives.open(try drive.map { text throws(OptionError) in try DriveOption(text) }, on: board)
    for resource in contents.resources where resource.kind == "chardev" && resource.isPresent {
      setup.backends[resource.name] = NullBackend()
    }
    let machine = try MachineBuilder(board: board, setup: setup, host: IdleHost()).build()
    let misfits = machine.misfits(of: contents)
    guard misfits.isEmpty else {
      for misfit in misfits { print(misfit) }
      throw HostError("\(file): does not fit \(board.fullName): \(misfits.count) things differ")
    }
    print("\(file): fits \(board.fullName)")
  }
}
