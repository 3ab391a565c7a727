import Glibc

/// Files of the host.
public enum HostFile {
  /// All bytes of the file at `path`, of which there may be at most `limit`. `what` is what it is for.
  public static func read(_ path: String, what: String, limit: Int = 1 << 31) throws(HostError) -> [UInt8] {
    func refusal(_ text: String) -> HostError { HostError("\(what) \(path): \(text)") }
    func refusal() -> HostError { refusal(String(cString: strerror(errno))) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refusal() }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw refusal("is a directory") }
    guard status.st_size <= limit else { throw refusal("is larger than \(limit >> 20) MiB") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    let room = max(1 << 16, Int(status.st_size) + 1)
    while bytes.count <= limit {
      var failure = false
      let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        let got = Glibc.read(descriptor, buffer.baseAddress, room)
        failure = got < 0
        count = max(0, got)
      }
      if failure, errno == EINTR { continue }
      guard !failure else { throw refusal() }
      if part.isEmpty { return bytes }
      if bytes.isEmpty { bytes = part } else { bytes += part }
    }
    throw refusal("is larger than \(limit >> 20) MiB")
  }

  /// Writes `bytes` to the file at `path`, which afterwards holds all of them or is as it was. `what` is what it is
  /// for. What is no regular file, such as a pipe, is written to as it is.
  public static func write(_ bytes: [UInt8], to path: String, what: String) throws(HostError) {
    var rest: [UInt8]? = bytes
    try write(to: path, what: what) {
      defer { rest = [] }
      return rest
    }
  }

  /// Writes what `next` gives until it gives no bytes; when it gives nil the file stays as it was.
  public static func write(to path: String, what: String, _ next: () -> [UInt8]?) throws(HostError) {
    func refusal() -> HostError { HostError("\(what) \(path): \(String(cString: strerror(errno)))") }
    var status = stat()
    let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let target = isSpecial ? path : "\(path).\(getpid()).part"
    let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw refusal() }
    var isWritten = true
    var isGivenUp = false
    while isWritten {
      guard let bytes = next() else {
        isGivenUp = true
        break
      }
      if bytes.isEmpty { break }
      isWritten = writeAll(bytes, to: descriptor)
    }
    isWritten = isWritten && !isGivenUp && (isSpecial || fsync(descriptor) == 0)
    let error = errno
    // Some file systems tell only now that there was no room.
    isWritten = close(descriptor) == 0 && isWritten
    if !isWritten { errno = error == 0 ? errno : error }
    guard isWritten, isSpecial || rename(target, path) == 0 else {
      let refusal = refusal()
      if !isSpecial { unlink(target) }
      if isGivenUp { return }
      throw refusal
    }
    if !isSpecial { syncFolder(of: path) }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return false }
      done += count
    }
    return true
  }

  /// Makes the folder at `path` and those above it, where they are not there.
  public static func makeFolder(_ path: String, what: String) throws(HostError) {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      guard mkdir(String(path[..<end]), 0o777) == 0 || errno == EEXIST else {
        throw HostError("\(what) \(path): \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Makes the folder remember a new name; where the host cannot, it does in its own time.
  private static func syncFolder(of path: String) {
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }

  /// Whether `path` can be read.
  public static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// Whether there is something at `path`, readable or not.
  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 || errno != ENOENT }

  /// Names in a folder, sorted; none when there is no such folder.
  public static func names(in folder: String) -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Memory of the host, in bytes.
  public static var physicalMemory: UInt64 {
    UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
  }
}
