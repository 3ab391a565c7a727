import Bits
import DeviceModel
import Synchronization

/// Which pages of a disk have changed, for a migration that copies it; on the machine's thread. The disk may be written by a
/// thread of its own.
final class DiskWatch {
  let view: DiskView
  private let disk: any BlockBackend
  private let pages: Mutex<Pages>
  private var isFirst = true

  private struct Pages {
    var isDirty: [Bool]
    var count: Int
  }

  /// How many pages have changed.
  var dirtyCount: Int { pages.withLock { $0.count } }

  /// Nil for a disk that does not tell what is written.
  init?(_ name: String, _ disk: any BlockBackend) {
    view = DiskView(name, disk)
    self.disk = disk
    // At first all of them.
    pages = Mutex(Pages(isDirty: [Bool](repeating: false, count: view.pageCount), count: view.pageCount))
    guard disk.observeWrites({ [unowned self] in mark($0) }) else { return nil }
  }

  deinit { _ = disk.observeWrites(nil) }

  private func mark(_ bytes: Range<Int64>) {
    guard !bytes.isEmpty else { return }
    let size = Int64(PageTable.pageSize)
    pages.withLock { pages in
      for page in Int(bytes.lowerBound / size)...Int((bytes.upperBound - 1) / size) where !pages.isDirty[page] {
        pages.isDirty[page] = true
        pages.count = min(pages.count + 1, pages.isDirty.count)
      }
    }
  }

  /// The pages that have changed since last time; at first, all that may not be zero.
  func takeRuns() -> [Range<Int>] {
    // What is under way belongs to this round.
    disk.queue?.drain()
    defer { isFirst = false }
    let dirty = pages.withLock { pages in
      defer { pages = Pages(isDirty: [Bool](repeating: false, count: pages.isDirty.count), count: 0) }
      return pages.isDirty
    }
    guard isFirst else { return dirty.indices.runs { dirty[$0] } }
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
