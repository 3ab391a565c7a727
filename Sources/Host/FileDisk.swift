public import DeviceModel
import Glibc
import Snapshots

@_silgen_name("fallocate")
private func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int, _ count: Int) -> Int32

@_silgen_name("preadv2")
private func preadv2(
  _ descriptor: Int32, _ parts: UnsafePointer<iovec>, _ count: Int32, _ offset: Int, _ flags: Int32
) -> Int

/// A raw image file (or a block device) as a disk.
///
/// The file is locked as long as it is open: one process may write it, or any number may read it. Only between `release`
/// and `acquire` it is not.
public final class FileDisk: BlockBackend {
  /// The file, for messages.
  public let path: String
  public let size: Int64
  public let isReadOnly: Bool
  public let acceptsChanges: Bool
  public let queue: DiskQueue? = DiskQueue()
  private let descriptor: Int32
  private var onWrite: ((Range<Int64>) -> Void)?
  /// Whether it is this process's to use.
  private(set) var isOwned: Bool
  /// Whether it was written since its time was set.
  private var isChanged = false
  /// The sum of the first bytes, as of a time of change.
  private var known: (changed: Int64, sum: UInt64)?

  /// FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE of <linux/falloc.h>, which the C library's module leaves out.
  private static let punchHole: Int32 = 3

  /// Opens the image at `path`; `name` is the drive's, for messages.
  ///
  /// - Parameters:
  ///   - readOnly: leave the file as it is, and allow others to read it at the same time.
  ///   - isRaw: the user says that it is a raw image, whatever it begins with.
  ///   - isWaiting: another process writes it still, which will hand it over: it is this one's after `acquire`.
  ///   - acceptsChanges: it may have been written since a machine that goes on with it was saved.
  public init(
    name: String, path: String, readOnly: Bool = false, isRaw: Bool = false, isWaiting: Bool = false,
    acceptsChanges: Bool = false
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
    if !isRaw, let format = ImageFormat.of(file) {
      throw refusal(
        "looks like \(format.description), and only raw images can be used: \(format.remedy); format=raw takes it as "
          + "it is")
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
    self.acceptsChanges = acceptsChanges
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
    queue?.drain()
    guard isOwned, !isReadOnly else { return .done }
    let result = flush()
    guard result == .done else { return result }
    settleTime()
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

  // MARK: What it is recognised by

  /// A file's time of change has the grain of the kernel's clock: what is written next could have the same. A time that
  /// is set is exact, and so another than those.
  private func settleTime() {
    guard isChanged else { return }
    // What is said to be there shall be there also after a crash of the host.
    guard fdatasync(descriptor) == 0 else { return }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    // UTIME_OMIT: when it was read last is nobody's business.
    isChanged = futimens(descriptor, [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), now]) != 0
  }

  public func identity() -> DiskIdentity? {
    queue?.drain()
    if isOwned { settleTime() }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    // A device's node says nothing of what is on it.
    let isDevice = status.st_mode & S_IFMT == S_IFBLK
    let changed = isDevice ? 0 : Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    if known?.changed != changed || isDevice {
      let count = Int(min(size, DiskIdentity.sumLength))
      let first = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
      defer { first.deallocate() }
      guard FileBytes.read(descriptor, at: 0, into: first) == .done else { return nil }
      known = (changed, XXH64.hash(UnsafeRawBufferPointer(first)))
    }
    // Nor is it the same on another host.
    return DiskIdentity(changed: changed, sum: known?.sum ?? 0, file: isDevice ? 0 : UInt64(status.st_ino))
  }

  public func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool {
    queue?.drain()
    onWrite = body
    return true
  }

  public func data(from offset: Int64) -> Range<Int64> {
    queue?.drain()
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
    // An end before the size that the file had is a file that somebody has cut.
    return FileBytes.read(descriptor, at: Int(offset), into: target)
  }

  public func readAtOnce(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> Bool {
    guard isOwned, contains(offset, count: Int64(target.count)) else { return false }
    var part = iovec(iov_base: target.baseAddress, iov_len: target.count)
    // RWF_NOWAIT: what is not in the page cache, or a file system that cannot say so, fails.
    return preadv2(descriptor, &part, 1, Int(offset), 8) == target.count
  }

  public func write(at offset: Int64, from source: UnsafeRawBufferPointer) -> BlockResult {
    guard contains(offset, count: Int64(source.count)) else { return .outOfRange }
    guard !isReadOnly else { return .readOnly }
    guard isOwned else { return .failed }
    // Afterwards: whoever reads it when it is told shall find what is new.
    defer { onWrite?(offset..<offset + Int64(source.count)) }
    isChanged = true
    return FileBytes.write(descriptor, at: Int(offset), from: source)
  }

  public func clear(at offset: Int64, count: Int64) -> BlockResult {
    guard contains(offset, count: count) else { return .outOfRange }
    guard !isReadOnly else { return .readOnly }
    guard isOwned else { return .failed }
    guard count > 0 else { return .done }
    defer { onWrite?(offset..<offset + count) }
    isChanged = true
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
