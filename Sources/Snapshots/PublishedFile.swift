import Glibc
import Synchronization

@_silgen_name("sync_file_range")
private func syncFileRange(_ descriptor: Int32, _ offset: Int64, _ count: Int64, _ flags: UInt32) -> Int32

/// A file that appears under its name whole, or not at all.
///
/// It is written without any name where the file system can do that (O_TMPFILE of open(2)), so that even a killed
/// process leaves nothing behind; else under a name of its own in the same folder. The name is locked while its process
/// lives: the next one that writes the same file removes what a killed one has left.
final class PublishedFile {
  let path: String
  let descriptor: Int32
  private var temporary: String?
  private let written = Atomic<Int>(0)
  private static let writingStep = 32 << 20

  /// `_IOC`-free numbers that the Swift importer leaves out: O_TMPFILE is __O_TMPFILE | O_DIRECTORY.
  private static let unnamed: Int32 = 0o20000000 | O_DIRECTORY

  /// A new file for `path`; whatever is there now stays until `publish`.
  init(_ path: String) throws(SnapshotError) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw SnapshotError(path, "file", "is there and is no regular file")
      }
      guard access(path, W_OK) == 0 else { throw Self.refusal(path, "cannot be replaced") }
    }
    Self.removeLeftovers(of: path)
    let unnamed = open(Self.folder(of: path), Self.unnamed | O_RDWR | O_CLOEXEC, 0o666)
    if unnamed >= 0 {
      descriptor = unnamed
      flock(unnamed, LOCK_EX | LOCK_NB)
      return
    }
    let name = Self.partName(path)
    unlink(name)
    descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.refusal(path, "cannot be written") }
    flock(descriptor, LOCK_EX | LOCK_NB)
    temporary = name
  }

  deinit {
    close(descriptor)
    if let temporary { unlink(temporary) }
  }

  /// Gives the file its name, once all of it is on the disk.
  func publish() throws(SnapshotError) {
    guard fsync(descriptor) == 0 else { throw Self.refusal(path, "cannot be written") }
    if temporary == nil {
      let name = Self.partName(path)
      unlink(name)
      // A file without a name can only get one that nobody has; the second step puts it in place of another.
      guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
        throw Self.refusal(path, "cannot be named")
      }
      temporary = name
    }
    guard let name = temporary, rename(name, path) == 0 else { throw Self.refusal(path, "cannot be named") }
    temporary = nil
    let folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SnapshotError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.refusal(path, "cannot be written") }
      done += count
    }
    startWriting(bytes.count)
  }

  /// Has the host begin to bring what was written to the disk, so that there is little left to wait for at the end.
  private func startWriting(_ count: Int) {
    let all = written.add(count, ordering: .relaxed)
    guard all.oldValue / Self.writingStep != all.newValue / Self.writingStep else { return }
    // SYNC_FILE_RANGE_WRITE; a file system that cannot does all of it in `publish`.
    _ = syncFileRange(descriptor, 0, 0, 2)
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(SnapshotError) {
    var failure: SnapshotError?
    bytes.withUnsafeBytes { bytes in
      do throws(SnapshotError) { try write(bytes, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Makes the file `size` bytes long; what was not written reads as zeros and takes no room.
  func setSize(_ size: Int) throws(SnapshotError) {
    guard ftruncate(descriptor, size) == 0 else { throw Self.refusal(path, "cannot be \(size >> 20) MiB long") }
  }

  /// Removes the files of processes that were killed between a name of their own and `path`.
  private static func removeLeftovers(of path: String) {
    let folder = folder(of: path)
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    let file = path.split(separator: "/").last ?? ""
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name.hasPrefix("\(file)."), name.hasSuffix(".part"),
        Int32(name.dropFirst(file.utf8.count + 1).dropLast(5)) != nil
      else { continue }
      let part = "\(folder)/\(name)"
      let descriptor = open(part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(part) }
      close(descriptor)
    }
  }

  private static func partName(_ path: String) -> String { "\(path).\(getpid()).part" }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func refusal(_ path: String, _ what: String) -> SnapshotError {
    SnapshotError(path, "file", "\(what): \(String(cString: strerror(errno)))")
  }
}
