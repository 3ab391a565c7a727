import Foundation
import Glibc
import GuestMemory
import SavedState
public import Snapshots
import Synchronization

/// The machine of one moment on its way to a file, while the machine itself runs on.
///
/// A thread of the job's own writes; what is said here can be asked for at any time.
public final class SnapshotJob: Sendable {
  /// Where the file will be.
  public let path: String
  /// Bytes of memory that are to be done.
  public let total: Int
  /// Becomes readable (at its end) when the job is over.
  public let descriptor: Int32
  private let end: Int32
  private let done = Atomic<Int>(0)
  private let isCancelled = Atomic<Bool>(false)
  private let outcome = Mutex<Result<UInt64, SnapshotError>?>(nil)

  /// Begins to write `contents` and the memory of `frozen`, which are its blocks.
  ///
  /// - Throws: `SnapshotError` when the host has no descriptors.
  init(
    _ path: String, _ contents: SnapshotContents, _ options: SnapshotOptions, _ frozen: [FrozenRAM]
  ) throws(SnapshotError) {
    self.path = path
    total = contents.blocks.reduce(0) { $0 + $1.size }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw SnapshotError(path, [SnapshotFault("file", "no pipe: \(String(cString: strerror(errno)))")])
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (descriptor, end) = (ends[0], ends[1])
    Thread.detachNewThread { [self] in
      let result: Result<UInt64, SnapshotError>
      do throws(SnapshotError) {
        result = .success(try write(contents, options, frozen))
      } catch {
        result = .failure(error)
      }
      // Whoever hears that the job is over may begin the next.
      for pages in frozen { pages.cancel() }
      outcome.withLock { $0 = result }
      close(end)
    }
  }

  deinit { close(descriptor) }

  /// Bytes of memory that are done.
  public var bytesDone: Int { done.load(ordering: .relaxed) }
  /// The root of the memory when the file is there, or why it is not; nil while the job is under way.
  public var result: Result<UInt64, SnapshotError>? { outcome.withLock { $0 } }
  /// Gives up: there will be no new file.
  public func cancel() { isCancelled.store(true, ordering: .relaxed) }

  private func write(
    _ contents: SnapshotContents, _ options: SnapshotOptions, _ frozen: [FrozenRAM]
  ) throws(SnapshotError) -> UInt64 {
    let writer = try SnapshotWriter(path, contents, options)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SnapshotFormat.chunkSize, alignment: SnapshotFormat.pageSize)
    defer { buffer.deallocate() }
    var isWritten = writer.blocks.map { [Bool](repeating: false, count: $0.chunkCount) }
    for (number, block) in writer.blocks.enumerated() {
      var data = 0..<0
      for index in 0..<block.chunkCount {
        // First what the guest may have to wait for.
        for (other, frozen) in frozen.enumerated() {
          while let page = frozen.urgentPage {
            let chunk = page * SnapshotFormat.pageSize / SnapshotFormat.chunkSize
            try write(chunk, of: other, frozen, writer, buffer)
            isWritten[other][chunk] = true
          }
        }
        guard !isWritten[number][index] else { continue }
        let range = block.range(ofChunk: index)
        if data.upperBound <= range.lowerBound { data = frozen[number].backed(from: range.lowerBound) }
        if data.lowerBound < range.upperBound {
          try write(index, of: number, frozen[number], writer, buffer)
        } else {
          try writeZeros(index, of: number, writer)
        }
      }
    }
    let isWanted = { !self.isCancelled.load(ordering: .relaxed) }
    return try writer.finish(goesOn: isWanted)
  }

  private func write(
    _ index: Int, of number: Int, _ frozen: FrozenRAM, _ writer: SnapshotWriter,
    _ buffer: UnsafeMutableRawBufferPointer
  ) throws(SnapshotError) {
    let range = writer.blocks[number].range(ofChunk: index)
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
    let pages = range.lowerBound / SnapshotFormat.pageSize..<range.upperBound / SnapshotFormat.pageSize
    let isFilled: Bool
    do throws(FreezeError) {
      isFilled = try frozen.take(pages, into: target)
    } catch {
      throw SnapshotError(path, [SnapshotFault("memory \(frozen.name)", error.description)])
    }
    guard isFilled else { return try writeZeros(index, of: number, writer) }
    try writer.write(chunk: index, of: number, UnsafeRawBufferPointer(target))
    try account(range.count)
  }

  private func writeZeros(_ index: Int, of number: Int, _ writer: SnapshotWriter) throws(SnapshotError) {
    try writer.writeZeros(chunk: index, of: number)
    try account(writer.blocks[number].range(ofChunk: index).count)
  }

  private func account(_ bytes: Int) throws(SnapshotError) {
    done.add(bytes, ordering: .relaxed)
    if isCancelled.load(ordering: .relaxed) {
      throw SnapshotError(path, [SnapshotFault("file", "writing it was cancelled")])
    }
  }
}

extension Machine {
  /// Begins to save the machine as it is now to a file at `path`, which is there when the job is over, or what was
  /// there before. The machine may run on when this returns. What stands in the way is told here, or by the job.
  ///
  /// - Throws: `SnapshotError`, also while another job is under way.
  public func beginSave(
    to path: String, _ notes: SnapshotNotes = SnapshotNotes(), _ options: SnapshotOptions = SnapshotOptions(),
    as older: BoardDescription? = nil
  ) throws(SnapshotError) -> SnapshotJob {
    let contents = try contents(notes, as: older, for: path)
    var frozen: [FrozenRAM] = []
    for block in allBlocks {
      func refusal(_ why: String) -> SnapshotError {
        SnapshotError(path, [SnapshotFault("memory \(block.name)", why)])
      }
      do throws(RAMError) {
        guard let pages = try block.freeze() else { throw RAMError("is being saved already") }
        frozen.append(pages)
      } catch {
        throw refusal(error.description)
      }
    }
    var options = options
    options.disks = deltas(withOverlays: options.withOverlays)
    return try SnapshotJob(path, contents, options, frozen)
  }
}
