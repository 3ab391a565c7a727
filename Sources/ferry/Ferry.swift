import ArgumentParser
import Boards
import Host
import Snapshots

/// The command line.
@main
struct Ferry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ferry",
    abstract: "Emulates small boards whose machines can be moved.",
    discussion: "Without a command, \"ferry [options]\" is \"ferry run [options]\"; without anything it starts the "
      + "built-in demonstration.",
    subcommands: [Run.self, Machines.self, Devices.self, Schema.self, Snapshot.self, Ctl.self, Migrate.self])

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let general = ["-h", "--help", "-help", "help"]
    do {
      if let first = arguments.first, !first.hasPrefix("-") || (general.contains(first) && arguments.count == 1) {
        if first == "run" {
          try RunProgram.main(Array(arguments.dropFirst()))
        } else {
          try parse(first == "-help" ? ["--help"] : arguments)
        }
      } else {
        try RunProgram.main(arguments)
      }
    } catch {
      ExitStatus.end(error)
    }
  }

  /// Commands other than `run`.
  private static func parse(_ arguments: [String]) throws {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let error where isOurs(error) {
      throw error
    } catch let status as ExitCode {
      exit(withError: status)
    } catch {
      if exitCode(for: error) == .success { exit(withError: error) }
      let line = message(for: error).split(separator: "\n").first.map(String.init) ?? "unusable arguments"
      throw OptionError(line)
    }
  }

  private static func isOurs(_ error: any Error) -> Bool {
    error is OptionError || error is HostError || error is BoardError || error is SnapshotError
  }
}
