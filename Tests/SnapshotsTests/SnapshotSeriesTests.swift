import Foundation
import Testing

@testable import Snapshots

/// Snapshots that are saved one after the other.
struct SnapshotSeriesTests {
  @Test func `names have their time, are never taken twice, and only the series' own are listed, newest first`() throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "series-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let series = SnapshotSeries(prefix: folder + "/box")
    let moment: Int64 = 1_769_903_999_000_000_000
    var made: [String] = []
    for number in 0..<12 {
      let path = series.next(number < 11 ? moment : moment + 1_000_000_000)
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      made.append(path)
    }
    #expect(made[0] == folder + "/box-20260131T235959Z.ferry")
    #expect(made[1] == folder + "/box-20260131T235959Z-2.ferry")
    for other in ["box-auto-20260131T235959Z.ferry", "box-notes.ferry", "box-20260131T235959Z.txt", "other.ferry"] {
      #expect(FileManager.default.createFile(atPath: folder + "/" + other, contents: nil))
    }
    #expect(series.files == made.reversed())
    #expect(SnapshotSeries(prefix: folder + "/box-auto").files == [folder + "/box-auto-20260131T235959Z.ferry"])
    #expect(SnapshotSeries(prefix: "/nowhere/x").files == [])
    #expect(SnapshotSeries.text(moment) == "2026-01-31 23:59:59")
  }
}
