import Boards
import DeviceModel
import Host

/// Runs a subject in this process.
struct FerryRunner {
  private let subject: Subject
  private let target: Target

  private let accelerator: Accelerator

  init(_ subject: Subject, on target: Target, _ accelerator: Accelerator = .interpreter) {
    self.subject = subject
    self.target = target
    self.accelerator = accelerator
  }

  /// The machine, not powered on yet.
  func machine(_ setup: inout MachineSetup, _ output: Transcript, _ host: any HostEvents) throws -> Machine {
    let folders = DataFolders()
    func data(_ name: String) throws -> String {
      guard let path = folders.find(name) else { throw HostError("\(name) is in none of \(folders.folders)") }
      return path
    }
    let file = try data("machines/\(target.board).yaml")
    let text = String(decoding: try HostFile.read(file, what: "board file"), as: UTF8.self)
    let board = try BoardReader(text, file: file).versions()[0]
    setup.noReboot = true
    setup.cpus = target.cpus
    setup.backends = ["serial0": output]
    let machine = try MachineBuilder(board: board, setup: setup, host: host).build()
    switch subject {
    case .guest(let words):
      let kernel = try data(target.guest)
      let image = BootRequest.File(name: kernel, bytes: try HostFile.read(kernel, what: "kernel"))
      try machine.useKernel(BootRequest(kernel: image, commandLine: "quiet \(words) \(target.guestEnd)"))
    case .boot(let folder), .compute(let folder, _):
      func file(_ name: String) throws -> BootRequest.File {
        let path = "\(folder)/\(name)"
        return BootRequest.File(name: path, bytes: try HostFile.read(path, what: "kernel"))
      }
      var disk = try file("initrd.gz")
      if case .compute = subject { disk.bytes = try Initramfs(adding: target.programs, to: disk.name).bytes }
      try machine.useKernel(
        BootRequest(kernel: try file("vmlinuz"), modules: [disk], commandLine: target.kernelWords + subject.runWords))
    }
    return machine
  }

  func measure() throws -> Measurement {
    let output = Transcript()
    var setup = MachineSetup()
    setup.accelerator = accelerator
    let machine = try machine(&setup, output, Poller())
    if let mark = subject.endMark { output.onMark(mark) { [unowned machine] in machine.quit() } }
    let started = HostClock.monotonic
    try machine.powerOn()
    let end = machine.run()
    let seconds = Double(HostClock.monotonic - started) / 1e9
    if case .crash(let reason) = end { throw HostError("the guest crashed: \(reason)") }
    guard subject.endMark != nil else { return Measurement(guestOutput: output.text) }
    guard end == .quit else { throw HostError("the guest ended before its shell: \(end)") }
    return Measurement(seconds: seconds, name: "boot to shell")
  }
}
