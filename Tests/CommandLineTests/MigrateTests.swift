import Foundation
import Testing

/// `ferry migrate` and `-incoming` as users call them.
@Suite(.serialized) struct MigrateTests {
  /// An Integrator with a card, whose guest works.
  private func sender() throws -> RunningMachine {
    let machine = try RunningMachine { folder in
      try Data(count: 1 << 20).write(to: URL(filePath: folder + "/card"))
      return [
        "-M", "integratorcp", "-m", "16", "-serial", "null", "-append", "quiet run=cpu", "-drive",
        "file=\(folder)/card,if=sd",
      ]
    }
    // Somebody has to call before it lets the guest go.
    #expect(try status(machine) == "running")
    return machine
  }

  private func status(_ machine: RunningMachine) throws -> String {
    let result = try CommandLineTests.ferry(["ctl", machine.socket, "--json", "query-status"])
    struct Status: Decodable { let status: String }
    return try JSONDecoder().decode(Status.self, from: Data(result.output.utf8)).status
  }

  @Test func `a machine moves to a process that knows its disk by another name, and back into a file`() throws {
    let near = try sender()
    let card = "file=\(near.folder)/card,id=copy"
    let far = try RunningMachine(isIncoming: true) { _ in ["-drive", card, "-rebind", "sd0=copy,serial0=null"] }
    let way = "unix:\(far.folder)/way"
    let check = try CommandLineTests.ferry(["migrate", near.socket, way, "--check"])
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.output == "everything fits\n")
    #expect(try status(near) == "running")
    let move = try CommandLineTests.ferry(["migrate", near.socket, way])
    #expect(move.status == 0, "\(move.errors)")
    #expect(move.output.hasPrefix("the machine has moved: "))
    #expect(try status(near) == "postmigrate")
    #expect(try status(far) == "running")
    #expect(try far.monitor("info block").contains("copy"))
    let file = near.folder + "/a.ferry"
    let left = try CommandLineTests.ferry(["migrate", far.socket, "file:\(file)"])
    #expect(left.status == 0, "\(left.errors)")
    #expect(try status(far) == "postmigrate")
    #expect(try CommandLineTests.ferry(["snapshot", "verify", file]).status == 0)
    #expect(try near.monitor("migrate_incoming file:\(file)") == "")
    #expect(try status(near) == "running")
    #expect(try near.monitor("info migrate").contains("completed (incoming)"))
    #expect(try near.quit() == 0)
    #expect(try far.quit() == 0)
  }

  @Test func `what does not fit is listed, and the machine stays`() throws {
    let near = try sender()
    let far = try RunningMachine(isIncoming: true) { _ in [] }
    for options in [["--check"], []] {
      let result = try CommandLineTests.ferry(["migrate", near.socket, "unix:\(far.folder)/way"] + options)
      #expect(result.status == 1)
      #expect((result.output + result.errors).contains("drive sd0 of mmc: a disk of 1048576 bytes there, no disk here"))
      #expect(try status(near) == "running")
    }
    let nobody = try CommandLineTests.ferry(["migrate", near.socket, "unix:\(near.folder)/nobody"])
    #expect(nobody.status == 1)
    #expect(nobody.errors.contains("No such file or directory"), "\(nobody.errors)")
    #expect(try status(near) == "running")
    #expect(try near.quit() == 0)
  }
}
