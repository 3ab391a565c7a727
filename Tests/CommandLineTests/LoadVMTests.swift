import Boards
import Foundation
import Testing

/// `-loadvm` as users call it.
struct LoadVMTests {
  @Test func `a machine goes on from a file without other options, and an option for its board is refused`() throws {
    try SnapshotCommandTests().withSnapshots { _, a, _ in
      // The guest of these snapshots is at the reset vector of a machine without firmware: it is not let loose.
      let refusals: [([String], String)] = [
        (["-m", "16"], "-m and -loadvm exclude each other: the board comes with the snapshot"),
        (["-M", "microvm"], "-M and -loadvm exclude each other"),
        (["-smp", "2"], "-smp and -loadvm exclude each other"),
      ]
      for (options, answer) in refusals {
        let result = try CommandLineTests.ferry(["run", "-loadvm", a] + options)
        #expect(result.status == 2)
        #expect(result.errors.contains(answer), "\(result.errors)")
      }
      let result = try CommandLineTests.ferry(["run", "-loadvm", "/dev/null"])
      #expect(result.status == 1)
      #expect(result.errors == "ferry: /dev/null: file: is no regular file\n")
    }
  }
}
