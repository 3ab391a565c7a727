import Boards
import Foundation
import Host

/// Measures the engine: the built-in guest's benchmark, and how long a kernel takes to its shell, on Ferry and, in
/// pairs, on QEMU.
@main
struct Bench {
  static let usage = """
    Usage: ferry-bench [--board NAME] [--cpus N] [--qemu] [--jit] [--pairs N] [--words TEXT] [--boot DIR]
                       [--compute DIR] [--program NAME] [--networks DIR] [--disks DIR] [--lockstep N] [--snapshots DIR] [--migrations DIR] [--keep-memory]

      --board NAME  microvm unless given, or integratorcp
      --cpus N      how many CPUs the guest has in this process and QEMU, 1 unless given
      --qemu        run everything on QEMU (TCG) too, in turn, and print medians of the ratios
      --jit         with the translator
      --pairs N     how many times, 3 unless given
      --words TEXT  the built-in guest's commands, "run=bench" unless given
      --boot DIR    time DIR/vmlinuz with DIR/initrd.gz (on QEMU and integratorcp also DIR/board.dtb) from start
                    to BOOT-OK
      --compute DIR  run programs that compute on the same Linux: integers, text, recursion, floating point
      --program NAME  only that one of them
      --networks DIR  fetch 100 MB from this machine to the same Linux, in the ferry beside this program
      --disks DIR   write and read 256 MiB of a virtio disk in the same Linux, in the ferry beside this program
      --lockstep N  measure nothing: run it with the interpreter and with the translator, and compare the machines every N
                    instructions
      --steps K     with --lockstep: compare the CPU's registers after every 1 to K instructions, too
      --snapshots DIR  save and restore DIR/vmlinuz with 1 GiB of memory, in the ferry beside this program; files go to
                    $TMPDIR
      --migrations DIR  move DIR/vmlinuz between two processes of the ferry beside this program, with 256 MiB and 1 GiB
                    of memory, over unix and tcp sockets
      --keep-memory with these two, keep the host's memory but 4 GiB meanwhile: for a host that is a virtual machine and
                    gives free memory back

    """

  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      StandardError.write("ferry-bench: \(error)\n")
      exit(error is OptionError ? 2 : 1)
    }
  }

  private static func run(_ arguments: [String]) throws {
    var pairs = 3
    var accelerator = Accelerator.interpreter
    var lockstep: UInt64?
    var steps: UInt64 = 0
    var words = "run=bench"
    var withQEMU = false
    var keepsMemory = false
    var boot: String?
    var compute: String?
    var program = "all"
    var networks: String?
    var disks: String?
    var snapshots: String?
    var migrations: String?
    var target = Target.all[0]
    var cpus = 1
    var rest = arguments[...]
    func value(_ option: String) throws -> String {
      guard let value = rest.popFirst() else { throw OptionError("\(option) needs an argument") }
      return value
    }
    func number(_ option: String) throws -> UInt64 {
      let text = try value(option)
      guard let number = UInt64(text), number > 0 else { throw OptionError("\(option) \(text): 1 or more") }
      return number
    }
    while let option = rest.popFirst() {
      switch option {
      case "--board": target = try Target.named(try value(option))
      case "--cpus":
        cpus = Int(clamping: try number(option))
      case "--jit": accelerator = .jit
      case "--lockstep": lockstep = try number(option)
      case "--steps": steps = try number(option)
      case "--qemu": withQEMU = true
      case "--keep-memory": keepsMemory = true
      case "--pairs":
        let text = try value(option)
        guard let number = Int(text), (1...1000).contains(number) else {
          throw OptionError("--pairs \(text): 1 to 1000")
        }
        pairs = number
      case "--words": words = try value(option)
      case "--boot": boot = try value(option)
      case "--compute": compute = try value(option)
      case "--program": program = try value(option)
      case "--networks": networks = try value(option)
      case "--disks": disks = try value(option)
      case "--snapshots": snapshots = try value(option)
      case "--migrations": migrations = try value(option)
      case "--help", "-h":
        print(usage, terminator: "")
        return
      default:
        throw OptionError.unknown(
          "option", option,
          among: [
            "--board", "--cpus", "--qemu", "--jit", "--lockstep", "--steps", "--pairs", "--words", "--boot",
            "--compute", "--networks", "--disks", "--program", "--snapshots", "--migrations", "--keep-memory",
          ])
      }
    }
    target.cpus = cpus
    let ferry = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "ferry").path
    func site(_ guests: String) throws -> Site {
      try Site(ferry: ferry, guests: guests, pairs: pairs, withQEMU: withQEMU, keepsMemory: keepsMemory)
    }
    let engine = ["-accel", accelerator == .jit ? "jit" : "interpreter"]
    if let disks { return try DiskBench(site: site(disks), target: target, engine: engine).run() }
    if let networks {
      return try NetworkBench(site: site(networks), target: target, engine: engine).run()
    }
    if let snapshots { return try SnapshotBench(site: site(snapshots)).run() }
    if let migrations { return try MigrationBench(site: site(migrations)).run() }
    let subject: Subject =
      boot.map { .boot(folder: $0) } ?? compute.map { .compute(folder: $0, program: program) } ?? .guest(words: words)
    if let lockstep { return try Lockstep(subject, on: target, interval: lockstep, step: steps).run() }
    var ours: [Measurement] = []
    var theirs: [Measurement] = []
    for _ in 0..<pairs {
      ours.append(try FerryRunner(subject, on: target, accelerator).measure())
      if withQEMU { theirs.append(try QEMURunner(subject, on: target).measure()) }
    }
    let results = ours + theirs
    for (name, sum) in ours.first?.checksums ?? [:] where !results.allSatisfy({ $0.checksums[name] == sum }) {
      throw HostError("\(name): checksums differ: \(results.map { $0.checksums[name] ?? "none" })")
    }
    print(Report(ours: ours, theirs: theirs).text, terminator: "")
  }
}
