import ArgumentParser

/// Here for the list of commands; `run` has the options of an emulator, which `RunOptions` reads.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a machine; \"ferry run -help\" lists the options.")

  @Argument(parsing: .captureForPassthrough, help: "Options, with one dash or two.")
  var options: [String] = []

  func run() throws { try RunProgram.main(options) }
}
