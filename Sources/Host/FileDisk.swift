public import DeviceModel
import Glibc

@_silgen_name("fallocate")
private func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int, _ count: Int) -> Int32

/// A raw image file (or a block device) as a disk.
///
/// The file is locked as long as it is open: one process may write it, or any number may read it. Only between `release`
/// and `acquire` it is not.
public final class FileDisk: BlockBackend {
  /// The file, for messages.
  public let path: String
  public let size: Int64
  public let isReadOnly: Bool
  private let descriptor: Int32
  private var onWrite: ((Range<Int64>) -> Void)?
  /// Whether it is this process's to use.
  private(set) var isOwned: Bool

  /// FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE of <linux/falloc.h>, which the C library's module leaves out.
  private static let punchHole: Int32 = 3

  /// Opens the image at `path`; `name` is the drive's, for messages.
  ///
  /// - Parameters:
  ///   - readOnly: leave the file as it is, and allow others to read it at the same time.
  ///   - isRaw: the user says that it is a raw image, whatever it begins with.
  ///   - isWaiting: another process writes it still, which will hand it over: it is this one's after `acquire`.
  public init(
    name: String, path: String, readOnly: Bool = false, isRaw: Bool = false, isWaiting: Bool = false
  ) throws(HostError) {
    func refusal(_ text: String) -> HostError { HostError("drive \(name): \(path): \(text)") }
    func hostRefusal(_ advice: String = "") -> HostError { refusal(String(cString: strerror(errno)) + advice) }
    let file = open(path, (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC)
    guard file >= 0 else {
      if errno == EISDIR { throw refusal("is a directory") }
      let mayRead = !readOnly && [EACCES, EROFS, EPERM].contains(errno)
      throw hostRefusal(mayRead ? "; readonly=on opens it for reading" : "")
    }
    var isKept = false
    defer { if !isKept { close(file) } }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw hostRefusal() }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw refusal("is a directory") }
    guard kind == S_IFREG || kind == S_IFBLK else { throw refusal("is neither a file nor a block device") }
    // A block device's size is where its end can be sought.
    let bytes = kind == S_IFBLK ? Int64(lseek(file, 0, SEEK_END)) : Int64(status.st_size)
    guard bytes >= 0 else { throw hostRefusal() }
    var magic: [UInt8] = [0, 0, 0, 0]
    if !isRaw, pread(file, &magic, 4, 0) == 4, magic == [0x51, 0x46, 0x49, 0xfb] {
      throw refusal("is a qcow2 image; only raw ones can be used: qemu-img convert -O raw IMAGE.qcow2 IMAGE.raw")
    }
    guard bytes > 0 else { throw refusal("is empty; truncate -s SIZE gives it one") }
    guard bytes % 512 == 0 else {
      throw refusal("has \(bytes) bytes, not a multiple of 512; truncate -s %512 rounds it up")
    }
    isOwned = !isWaiting || readOnly
    if isOwned, let problem = Self.lock(file, readOnly) { throw refusal(problem) }
    isKept = true
    self.path = path
    isReadOnly = readOnly
    size = bytes
    descriptor = file
  }

  deinit { close(descriptor) }

  private static func lock(_ file: Int32, _ isReadOnly: Bool) -> String? {
    if flock(file, (isReadOnly ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 { return nil }
    guard errno == EWOULDBLOCK else { return "\(String(cString: strerror(errno))): it cannot be locked" }
    return isReadOnly ? "another process is writing it" : "another process has it open; only one may write it"
  }

  public func release() -> BlockResult {
    guard isOwned, !isReadOnly else { return .done }
    let result = flush()
    guard result == .done else { return result }
    isOwned = false
    flock(descriptor, LOCK_UN)
    return .done
  }

  public func acquire() -> String? {
    guard !isOwned else { return nil }
    if let problem = Self.lock(descriptor, isReadOnly) { return "\(path): \(problem)" }
    isOwned = true
    return nil
  }

  public func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool {
    onWrite = body
    return true
  }

  public func data(from offset: Int64) -> Range<Int64> {
    guard offset < size else { return size..<size }
    // SEEK_DATA, SEEK_HOLE. Nobody reads or writes by the descriptor's own position.
    let start = lseek(descriptor, Int(offset), 3)
    guard start >= 0 else { return errno == ENXIO ? size..<size : offset..<size }
    guard start < size else { return size..<size }
    let end = lseek(descriptor, start, 4)
    return Int64(start)..<(end > start ? min(Int64(end), size) : size)
  }

  public func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> BlockResult {
    guard contains(offset, count: Int64(target.count)) else { return .outOfRange }
    guard isOwned else { return .failed }
    var done = 0
    while done < target.count {
      let got = pread(descriptor, target.baseAddress.map { $0 + done }, target.count - done, Int(offset) + done)
      if got < 0, errno == EINTR { continue }
      // An end before the size that the file had is a file that somebody has cut.
      guard got > 0 else { return .failed }
      done += got
    }
    return .done
  }

  public func write(at offset: Int64, from source: UnsafeRawBufferPointer) -> BlockResult {
    guard contains(offset, count: Int64(source.count)) else { return .outOfRange }
    guard !isReadOnly else { return .readOnly }
    guard isOwned else { return .failed }
    onWrite?(offset..<offset + Int64(source.count))
    var done = 0
    while done < source.count {
      let put = pwrite(descriptor, source.baseAddress.map { $0 + done }, source.count - done, Int(offset) + done)
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { return put < 0 && [ENOSPC, EDQUOT].contains(errno) ? .noSpace : .failed }
      done += put
    }
    return .done
  }

  public func clear(at offset: Int64, count: Int64) -> BlockResult {
    guard contains(offset, count: count) else { return .outOfRange }
    guard !isReadOnly else { return .readOnly }
    guard isOwned else { return .failed }
    guard count > 0 else { return .done }
    onWrite?(offset..<offset + count)
    // A hole costs nothing; not every file system has them.
    if fallocate(descriptor, Self.punchHole, Int(offset), Int(count)) == 0 { return .done }
    return writeZeros(at: offset, count: count)
  }

  public func flush() -> BlockResult {
    while fdatasync(descriptor) != 0 {
      guard errno == EINTR else { return [ENOSPC, EDQUOT].contains(errno) ? .noSpace : .failed }
    }
    return .done
  }
}
