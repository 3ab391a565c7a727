import SavedState
import Testing

@Suite struct VersionTests {
  @Test func `an older version is written without the rows that came later`() throws {
    var sample = Sample()
    sample.wide = 5
    sample.hint = 9
    let tree = try Sample.table.save(sample, version: 1)
    #expect(tree.version == 1)
    #expect(tree["hint"] == nil)
    #expect(tree["wide"] == .integer(5))
    #expect(tree.value(at: "/sample/timer/running") == nil)
    let loaded = try Sample.table.load(tree, over: Sample())
    #expect(loaded.wide == 5)
    #expect(loaded.hint == 0)
  }

  @Test func `a nested table follows the version that its row names`() throws {
    guard case .group(let one)? = try Sample.table.save(Sample(), version: 1)["timer"],
      case .group(let two)? = try Sample.table.save(Sample(), version: 2)["timer"]
    else {
      Issue.record("a timer is a group")
      return
    }
    #expect(one.version == 1)
    #expect(two.version == 2)
  }

  @Test func `what an older version would lose is told and not written`() {
    #expect(
      throws: SaveError([
        StateFault(
          .lost, path: "/sample/timer/running", found: "true",
          expected: "its reset value, as version 1 does not have it (since 2)"),
        StateFault(
          .lost, path: "/sample/fifo", found: "a group of 2",
          expected: "its reset value, as version 1 does not have it (since 2)"),
      ])
    ) { try Sample.table.save(.busy(), version: 1) }
  }

  @Test func `an attribute that a version does not have refuses the load`() {
    #expect(faults { $0.version = 1 }.map(\.path) == ["/sample/fifo", "/sample/hint"])
  }

  @Test func `a version that never was is no version to write`() {
    #expect(throws: SaveError.self) { try Sample.table.save(Sample(), version: 4) }
    #expect(throws: SaveError.self) { try Sample.table.save(Sample(), version: 0) }
  }
}
