import Bits
import DeviceModel

/// Which pages of a disk have changed, for a migration that copies it; on the machine's thread.
final class DiskWatch {
  let view: DiskView
  private let disk: any BlockBackend
  private var isDirty: [Bool]
  private(set) var dirtyCount: Int
  private var isFirst = true

  /// Nil for a disk that does not tell what is written.
  init?(_ name: String, _ disk: any BlockBackend) {
    view = DiskView(name, disk)
    self.disk = disk
    isDirty = [Bool](repeating: false, count: view.pageCount)
    dirtyCount = view.pageCount
    guard disk.observeWrites({ [unowned self] in mark($0) }) else { return nil }
  }

  deinit { _ = disk.observeWrites(nil) }

  private func mark(_ bytes: Range<Int64>) {
    guard !bytes.isEmpty else { return }
    let size = Int64(PageTable.pageSize)
    for page in Int(bytes.lowerBound / size)...Int((bytes.upperBound - 1) / size) where !isDirty[page] {
      isDirty[page] = true
      if !isFirst { dirtyCount += 1 }
    }
  }

  /// The pages that have changed since last time; at first, all that may not be zero.
  func takeRuns() -> [Range<Int>] {
    defer {
      isFirst = false
      dirtyCount = 0
      for page in isDirty.indices { isDirty[page] = false }
    }
    guard isFirst else { return isDirty.indices.runs { isDirty[$0] } }
    var runs: [Range<Int>] = []
    let size = Int64(PageTable.pageSize)
    var at: Int64 = 0
    while case let data = disk.data(from: at), !data.isEmpty {
      let run = Int(data.lowerBound / size)..<Int((data.upperBound + size - 1) / size)
      // Two runs of bytes may share a page.
      runs.append(max(run.lowerBound, runs.last?.upperBound ?? 0)..<max(run.upperBound, runs.last?.upperBound ?? 0))
      at = data.upperBound
    }
    return runs.filter { !$0.isEmpty }
  }
}
