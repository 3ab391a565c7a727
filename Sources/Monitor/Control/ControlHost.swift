public import Boards
public import DeviceModel
public import Host

/// What commands need of the program that runs the machine. All calls are made on the machine's thread.
public protocol ControlHost: AnyObject {
  /// What waits for descriptors on the machine's thread.
  var poller: Poller { get }
  /// The machine's name (`-name`).
  var name: String? { get }
  /// The machine's UUID in its canonical form (`-uuid`).
  var uuid: String? { get }
  /// The disks of the run.
  var drives: [DriveStatus] { get }
  /// The networks of the run.
  var networks: Networks { get }
  /// The character back ends of the run.
  var characterDevices: [CharacterDeviceStatus] { get }
  /// Every board that `-M` finds, each one's newest version first.
  var boards: [BoardDescription] { get }
  /// The options of the command line.
  var commandLineOptions: [CommandLineOption] { get }
  /// A view of what the machine shows; nil when it shows nothing.
  func makePicture() -> (any Picture)?
  /// The last lines that the guest has printed on its first serial port; set to what they were when another state is
  /// loaded.
  var console: String { get set }
  /// All that the guest has printed on its first serial port; nil where nothing is at it.
  var transcript: Transcript? { get }
  /// Snapshots that the user may mean, newest first.
  var snapshotFiles: [String] { get }
  /// What can be logged, and what is.
  var logSwitches: [LogSwitch] { get }
  /// Logs exactly the items of `text`, a list as `-d` takes it; `none` logs nothing.
  func setLog(_ text: String) throws(CommandError)
  /// Where the log goes from now on; nil: standard error.
  func setLogFile(_ path: String?) throws(CommandError)
  /// Starts GDB's server as `-gdb` does (`tcp::1234`, `unix:PATH`), or ends it (`none`).
  ///
  /// - Returns: a line for the user.
  func setDebugServer(_ text: String) throws(CommandError) -> String
}

extension ControlHost {
  /// A program without networks.
  public var networks: Networks { Networks(poller: poller) }
}
