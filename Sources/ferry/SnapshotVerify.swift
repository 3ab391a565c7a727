import ArgumentParser
import Boards
import Host
import Snapshots

/// `ferry snapshot verify FILE…`.
struct SnapshotVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read everything, bases too, and check every checksum.")

  @Argument(help: "Snapshots.")
  var files: [String]

  func run() throws {
    for path in files {
      let file = try SnapshotFile(path)
      _ = try file.contents()
      let memory = try SnapshotMemory(file)
      let progress = ProgressLine("verify \(path)", total: file.header.memorySize)
      try memory.verify { progress.show($0) }
      progress.end()
      for delta in try file.deltas() { try delta.verify() }
      let bases = memory.chain.count - 1
      let chain = bases == 0 ? "" : bases == 1 ? ", with its base" : ", with \(bases) bases"
      print("\(path): whole: \(file.sections.count) sections, \(SizeText.show(UInt64(file.header.memorySize)))\(chain)")
    }
  }
}
