import Glibc

/// A snapshot file that is open for reading. Opening it reads and checks the header; the rest comes when asked for.
public final class SnapshotFile: Sendable {
  /// The file's path.
  public let path: String
  /// What the header says.
  public let header: SnapshotHeader
  /// The directory, in the order of the file.
  public let sections: [SnapshotSection]
  /// The blocks of memory, ordered by name.
  public let blocks: [SnapshotBlock]
  /// What the file is on the host: the same for two names of one file.
  let identity: Identity
  private let descriptor: Int32

  /// A file's device and number there.
  struct Identity: Hashable {
    let device: UInt
    let number: UInt
  }

  /// Opens the file at `path`.
  ///
  /// - Throws: `SnapshotError` when it cannot be read, is no snapshot, needs a newer reader, or its header is damaged.
  public init(_ path: String) throws(SnapshotError) {
    self.path = path
    // Not to wait for whoever may write into what turns out to be a pipe.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.refusal(path, errno) }
    do throws(SnapshotError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw Self.refusal(path, errno) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw SnapshotError(path, "file", "is no regular file") }
      identity = Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))
      let size = Int(status.st_size)
      do throws(SnapshotFault) {
        let start = try Self.bytes(descriptor, 0, min(size, SnapshotFormat.directoryOffset), "header")
        let length = try SnapshotHeader.length(start: start)
        guard length <= size else { throw SnapshotFault("header", "the file ends in it, at \(size) bytes") }
        let bytes = try Self.bytes(descriptor, 0, length, "header")
        (header, sections) = try SnapshotHeader.read(bytes)
        guard header.fileLength == size else {
          throw SnapshotFault("file", "has \(size) bytes, not the \(header.fileLength) that its header says")
        }
        blocks = try SnapshotDirectory.check(sections, header, headerLength: length)
      } catch {
        throw SnapshotError(path, [error])
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// The section of a kind of which there is one.
  func section(_ kind: SnapshotSection.Kind) -> SnapshotSection? { sections.first { $0.kind == kind } }

  /// Whether the chunks are compressed.
  public var isCompressed: Bool { sections.contains { $0.kind == .memory && $0.blockOffset == 0 } }

  /// The base that the file's memory is a difference to, as the file names it; nil without one.
  public func base() throws(SnapshotError) -> (root: UInt64, hint: String)? {
    guard let section = section(.base) else { return nil }
    let bytes: [UInt8]
    do throws(SnapshotFault) { bytes = try read(section) } catch { throw SnapshotError(path, [error]) }
    guard bytes.count <= 8 + SnapshotFormat.hintLimit, let root: UInt64 = ByteReader(bytes: bytes).number(0),
      let hint = String(validating: bytes.dropFirst(8), as: UTF8.self), !hint.utf8.contains(0)
    else { throw SnapshotError(path, section.place, "does not name a base") }
    return (root, hint)
  }

  // MARK: Bytes

  /// The bytes of `section`, whose checksum is right.
  func read(_ section: SnapshotSection) throws(SnapshotFault) -> [UInt8] {
    let bytes = try Self.bytes(descriptor, section.offset, section.length, section.place)
    let checksum = XXH64.hash(bytes)
    guard checksum == section.checksum else { throw .checksum(section.place, checksum, section.checksum) }
    return bytes
  }

  /// Fills `target` from `offset` on; what is wrong otherwise, in words.
  func read(_ offset: Int, into target: UnsafeMutableRawBufferPointer) -> String? {
    Self.read(descriptor, offset, target)
  }

  private static func bytes(
    _ descriptor: Int32, _ offset: Int, _ count: Int, _ place: @autoclosure () -> String
  ) throws(SnapshotFault) -> [UInt8] {
    var problem: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      problem = read(
        descriptor, offset, UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      filled = problem == nil ? count : 0
    }
    if let problem { throw SnapshotFault(place(), problem) }
    return bytes
  }

  private static func read(_ descriptor: Int32, _ offset: Int, _ target: UnsafeMutableRawBufferPointer) -> String? {
    var done = 0
    while done < target.count {
      let count = pread(descriptor, target.baseAddress.map { $0 + done }, target.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return "cannot be read: \(String(cString: strerror(errno)))" }
      if count == 0 { return "the file ends at \(Hexadecimal.place(offset + done))" }
      done += count
    }
    return nil
  }

  private static func refusal(_ path: String, _ error: Int32) -> SnapshotError {
    SnapshotError(path, "file", "cannot be read: \(String(cString: strerror(error)))")
  }
}
