public import DeviceModel
import Glibc

/// A disk whose changes are in a file of their own: what it lies over, the base, stays as it is.
///
/// The overlay is a file that knows its base, or one without a name that is gone with the process (`snapshot=on`). Which
/// blocks are in it is written at each flush, behind the blocks themselves: a crash loses nothing that was flushed.
public final class OverlayDisk: BlockBackend {
  /// The overlay's file, for messages; that of the base where it has no name.
  public let path: String
  public let size: Int64
  public var isReadOnly: Bool { false }
  private let base: FileDisk
  private let header: OverlayHeader
  private let descriptor: Int32
  private let isNamed: Bool
  private var isOwned = true
  /// A bit a block: it is in the overlay.
  private var map: [UInt64]
  /// Words of the map that the file has not.
  private var changed: Range<Int> = 0..<0
  private var onWrite: ((Range<Int64>) -> Void)?

  private static let blockSize = Int64(OverlayHeader.blockSize)

  /// Opens the overlay at `path` over the image at `basePath`, or makes it; without a path, one that nobody else sees.
  /// `name` is the drive's, for messages.
  public init(name: String, base basePath: String, path: String?, isRaw: Bool = false)
    throws(HostError)
  {
    base = try FileDisk(name: name, path: basePath, readOnly: true, isRaw: isRaw)
    size = base.size
    self.path = path ?? basePath
    isNamed = path != nil
    func refusal(_ text: String) -> HostError {
      HostError("drive \(name): \(path ?? basePath): \(text)")
    }
    let wanted = try Self.identity(base, basePath, refusal)
    let (file, found) = try Self.open(path, wanted, refusal)
    header = found
    descriptor = file
    map = [UInt64](repeating: 0, count: wanted.mapSize / 8)
    let count = map.count * 8
    let got = map.withUnsafeMutableBytes { pread(file, $0.baseAddress, count, OverlayHeader.size) }
    guard got == count else {
      close(file)
      throw refusal("is cut short")
    }
  }

  deinit {
    if isOwned { _ = flush() }
    close(descriptor)
  }

  /// What the overlay of `base` says of that.
  private static func identity(
    _ base: FileDisk, _ path: String, _ refusal: (String) -> HostError
  ) throws(HostError) -> OverlayHeader {
    var status = stat()
    guard let real = realpath(path, nil), stat(path, &status) == 0 else {
      throw refusal(String(cString: strerror(errno)))
    }
    defer { free(real) }
    let absolute = String(cString: real)
    guard absolute.utf8.count <= OverlayHeader.pathLimit else {
      throw refusal("its base has too long a path")
    }
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    withUnsafeTemporaryAllocation(byteCount: Int(min(base.size, 1 << 16)), alignment: 64) {
      buffer in
      guard base.read(at: 0, into: buffer) == .done else { return }
      for byte in buffer { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return OverlayHeader(
      diskSize: base.size,
      baseTime: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
      baseSum: sum, basePath: absolute)
  }

  private static func open(
    _ path: String?, _ wanted: OverlayHeader, _ refusal: (String) -> HostError
  ) throws(HostError) -> (Int32, OverlayHeader) {
    let file: Int32
    if let path {
      file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    } else {
      var template = Array("/var/tmp/ferry-XXXXXX".utf8CString)
      file = mkstemp(&template)
      if file >= 0 {
        unlink(template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      }
    }
    guard file >= 0 else { throw refusal(String(cString: strerror(errno))) }
    var isKept = false
    defer { if !isKept { close(file) } }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw refusal("another process has it open; only one may write it")
    }
    var bytes = [UInt8](repeating: 0, count: OverlayHeader.size)
    let got = pread(file, &bytes, bytes.count, 0)
    if got == 0 {
      let head = wanted.bytes
      guard ftruncate(file, wanted.dataOffset + Int(wanted.diskSize)) == 0,
        pwrite(file, head, head.count, 0) == head.count
      else { throw refusal(String(cString: strerror(errno))) }
      isKept = true
      return (file, wanted)
    }
    guard let found = OverlayHeader(bytes) else { throw refusal("is no overlay") }
    guard found.basePath == wanted.basePath else {
      throw refusal("lies over \(found.basePath), not \(wanted.basePath)")
    }
    guard found == wanted else {
      throw refusal(
        "its base \(found.basePath) has changed since: what the overlay has does not fit it any more"
      )
    }
    isKept = true
    return (file, found)
  }

  // MARK: Which blocks

  private func has(_ block: Int) -> Bool { map[block >> 6] >> UInt64(block & 63) & 1 != 0 }

  private func add(_ blocks: Range<Int>) {
    for block in blocks { map[block >> 6] |= 1 << UInt64(block & 63) }
    guard !blocks.isEmpty else { return }
    changed = changed.covering(blocks.lowerBound >> 6..<(blocks.upperBound - 1) >> 6 + 1)
  }

  /// Calls `body` with each run of `bytes` that is in the overlay, or is not, until it fails.
  private func walk(_ bytes: Range<Int64>, _ body: (Range<Int64>, _ isHere: Bool) -> BlockResult)
    -> BlockResult
  {
    var at = bytes.lowerBound
    while at < bytes.upperBound {
      let isHere = has(Int(at / Self.blockSize))
      var end = (at / Self.blockSize + 1) * Self.blockSize
      while end < bytes.upperBound, has(Int(end / Self.blockSize)) == isHere {
        end += Self.blockSize
      }
      end = min(end, bytes.upperBound)
      let result = body(at..<end, isHere)
      guard result == .done else { return result }
      at = end
    }
    return .done
  }

  // MARK: Reading and writing

  public func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> BlockResult {
    guard contains(offset, count: Int64(target.count)) else { return .outOfRange }
    guard isOwned else { return .failed }
    return walk(offset..<offset + Int64(target.count)) { bytes, isHere in
      let part = UnsafeMutableRawBufferPointer(
        rebasing: target[Int(bytes.lowerBound - offset)..<Int(bytes.upperBound - offset)])
      return isHere ? readHere(bytes.lowerBound, part) : base.read(at: bytes.lowerBound, into: part)
    }
  }

  private func readHere(_ offset: Int64, _ target: UnsafeMutableRawBufferPointer) -> BlockResult {
    var done = 0
    while done < target.count {
      let got = pread(
        descriptor, target.baseAddress.map { $0 + done }, target.count - done,
        header.dataOffset + Int(offset) + done)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return .failed }
      done += got
    }
    return .done
  }

  private func writeHere(_ offset: Int64, _ source: UnsafeRawBufferPointer) -> BlockResult {
    var done = 0
    while done < source.count {
      let put = pwrite(
        descriptor, source.baseAddress.map { $0 + done }, source.count - done,
        header.dataOffset + Int(offset) + done)
      if put < 0, errno == EINTR { continue }
      guard put > 0 else {
        return put < 0 && [ENOSPC, EDQUOT].contains(errno) ? .noSpace : .failed
      }
      done += put
    }
    return .done
  }

  /// Brings the block that holds `offset` here, if it is not, before a part of it is changed.
  private func bringIn(_ offset: Int64) -> BlockResult {
    let block = Int(offset / Self.blockSize)
    guard !has(block) else { return .done }
    let start = Int64(block) * Self.blockSize
    let count = Int(min(Self.blockSize, size - start))
    return withUnsafeTemporaryAllocation(byteCount: count, alignment: 64) { buffer in
      let result = base.read(at: start, into: buffer)
      guard result == .done else { return result }
      let written = writeHere(start, UnsafeRawBufferPointer(buffer))
      if written == .done { add(block..<block + 1) }
      return written
    }
  }

  /// Makes `bytes` writable here: their first and last block, as far as others are in these.
  private func prepare(_ bytes: Range<Int64>) -> BlockResult {
    if bytes.lowerBound % Self.blockSize != 0 {
      let result = bringIn(bytes.lowerBound)
      guard result == .done else { return result }
    }
    if bytes.upperBound % Self.blockSize != 0, bytes.upperBound != size {
      return bringIn(bytes.upperBound)
    }
    return .done
  }

  private func blocks(_ bytes: Range<Int64>) -> Range<Int> {
    Int(
      bytes.lowerBound / Self.blockSize)..<Int(
        (bytes.upperBound + Self.blockSize - 1) / Self.blockSize)
  }

  public func write(at offset: Int64, from source: UnsafeRawBufferPointer) -> BlockResult {
    guard contains(offset, count: Int64(source.count)) else { return .outOfRange }
    guard isOwned else { return .failed }
    guard source.count > 0 else { return .done }
    let bytes = offset..<offset + Int64(source.count)
    onWrite?(bytes)
    let result = prepare(bytes)
    guard result == .done else { return result }
    let written = writeHere(offset, source)
    if written == .done { add(blocks(bytes)) }
    return written
  }

  public func flush() -> BlockResult {
    // One without a name has nothing that could survive.
    guard isNamed else { return .done }
    guard fdatasync(descriptor) == 0 else { return .failed }
    guard !changed.isEmpty else { return .done }
    let count = changed.count * 8
    let put = map.withUnsafeBytes {
      pwrite(
        descriptor, $0.baseAddress.map { $0 + changed.lowerBound * 8 }, count,
        OverlayHeader.size + changed.lowerBound * 8)
    }
    guard put == count, fdatasync(descriptor) == 0 else { return .failed }
    changed = 0..<0
    return .done
  }

  // MARK: Other processes

  public func release() -> BlockResult {
    guard isOwned, isNamed else { return .done }
    let result = flush()
    guard result == .done else { return result }
    isOwned = false
    flock(descriptor, LOCK_UN)
    return .done
  }

  public func acquire() -> String? {
    guard !isOwned else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      return "\(path): another process has it open"
    }
    // Who had it may have written.
    let count = map.count * 8
    let got = map.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, count, OverlayHeader.size)
    }
    guard got == count else { return "\(path): is cut short" }
    isOwned = true
    return nil
  }

  public func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool {
    onWrite = body
    return true
  }

  public func data(from offset: Int64) -> Range<Int64> {
    var below = base.data(from: offset)
    if below.isEmpty { below = size..<size }
    var block = Int(offset / Self.blockSize)
    let end = min(header.blocks, Int(below.lowerBound / Self.blockSize) + 1)
    while block < end, !has(block) {
      // A word of blocks that are not here at a time.
      block = block & 63 == 0 && map[block >> 6] == 0 ? block + 64 : block + 1
    }
    guard block < end else { return below }
    let start = max(offset, Int64(block) * Self.blockSize)
    return start < below.lowerBound ? start..<min(size, Int64(block + 1) * Self.blockSize) : below
  }
}
