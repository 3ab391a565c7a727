import Dispatch
import Synchronization

/// Pictures with their times on the way to a file: an animated PNG where its name ends in `.png` or `.apng`, else raw
/// video (Video.md). A thread of its own packs and writes them.
///
/// An animated PNG has one size: where the pictures get another, the next file begins, `NAME-2.png` after `NAME.png`.
public final class Recording: Sendable {
  private static let what = "recording"
  /// Pictures that may wait to be packed.
  private static let room = 4

  private struct Work {
    var path: String
    var number = 1
    var format: (any RecordingFormat)?
    var shown: (pixels: [UInt32], width: Int, height: Int)?
    /// When the first picture of the file was shown.
    var start: Int64 = 0
    /// Times never go back, even where a guest's clock does.
    var time: Int64 = 0
    var failure: HostError?
  }

  private let queue = DispatchQueue(label: "recording")
  private let waiting = Atomic<Int>(0)
  private let work: Mutex<Work>

  /// Makes the file.
  public init(_ path: String) throws(HostError) {
    work = Mutex(Work(path: path))
    // What cannot be written should be known at once.
    _ = try WritableFile(path, what: Self.what)
  }

  /// Whether a picture can be taken now; else it is a later one's turn.
  public var hasRoom: Bool { waiting.load(ordering: .relaxed) < Self.room }

  /// Takes a picture that is shown from `time` on, in nanoseconds of any clock; nothing happens when it shows nothing new.
  public func add(_ pixels: [UInt32], width: Int, height: Int, at time: Int64) {
    waiting.add(1, ordering: .relaxed)
    queue.async { [self] in
      work.withLock { Self.add(pixels, width, height, time, &$0) }
      waiting.subtract(1, ordering: .relaxed)
    }
  }

  /// Writes what is waiting, and that the last picture was shown until `time`.
  ///
  /// - Throws: `HostError` when something could not be written.
  public func finish(at time: Int64) throws(HostError) {
    let failure = queue.sync {
      work.withLock { work in
        Self.attempt(&work) { work throws(HostError) in
          try work.format?.finish(at: max(work.time, time) - work.start)
        }
        return work.failure
      }
    }
    if let failure { throw failure }
  }

  private static func attempt(_ work: inout Work, _ body: (inout Work) throws(HostError) -> Void) {
    guard work.failure == nil else { return }
    do throws(HostError) { try body(&work) } catch { work.failure = error }
  }

  private static func add(_ pixels: [UInt32], _ width: Int, _ height: Int, _ time: Int64, _ work: inout Work) {
    attempt(&work) { work throws(HostError) in
      var changed: PixelRectangle? = PixelRectangle(x: 0, y: 0, width: width, height: height)
      if let shown = work.shown, shown.width == width, shown.height == height {
        changed = PixelRectangle(differing: shown.pixels, pixels, width: width)
      }
      guard let changed else { return }
      work.time = work.format == nil ? time : max(work.time, time)
      if !(work.format?.fits(width: width, height: height) ?? false) { try begin(width, height, &work) }
      try work.format?.add(pixels, width: width, height: height, changed: changed, at: work.time - work.start)
      work.shown = (pixels, width, height)
    }
  }

  /// Begins a file for pictures of that size.
  private static func begin(_ width: Int, _ height: Int, _ work: inout Work) throws(HostError) {
    var path = work.path
    let dot = path.lastIndex(of: ".") ?? path.endIndex
    if work.format != nil {
      try work.format?.finish(at: work.time - work.start)
      work.number += 1
      path.insert(contentsOf: "-\(work.number)", at: dot)
    }
    work.start = work.time
    let file = try WritableFile(path, what: what)
    let isPNG = [".png", ".apng"].contains(work.path[dot...].lowercased())
    work.format = isPNG ? try AnimatedPNG(file, width: width, height: height) : try RawVideo(file)
  }
}
