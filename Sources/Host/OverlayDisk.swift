public import DeviceModel
import Glibc
import Synchronization

/// A disk whose changes are in a file of their own: what it lies over, the base, stays as it is.
///
/// The overlay is a file that knows its base, or one without a name that is gone with the process (`snapshot=on`). Which
/// blocks are in it is written at each flush, behind the blocks themselves: a crash loses nothing that was flushed.
public final class OverlayDisk: BlockBackend {
  /// The overlay's file, for messages; that of the base where it has no name.
  public let path: String
  public let size: Int64
  public var isReadOnly: Bool { false }
  public let acceptsChanges: Bool
  public var overlay: DiskOverlay { isNamed ? .named : .temporary }
  public let queue: DiskQueue? = DiskQueue()
  private let base: FileDisk
  let header: OverlayHeader
  private var file: OverlayFile
  private var descriptor: Int32 { file.descriptor }
  let isNamed: Bool
  private var isOwned: Bool
  /// What it has over its base: a number of its own for whatever somebody has come to know; 0 for nothing.
  private var position: UInt64 = 0
  /// Somebody knows the present position: what is written next is another.
  private var isKnown = false
  /// A bit a block: it is in the overlay.
  private(set) var map: [UInt64]
  /// Words of the map that the file has not.
  private var changed: Range<Int> = 0..<0
  private var onWrite: ((Range<Int64>) -> Void)?
  /// A migration that copies the disk reads it on a thread of its own, while its own thread writes.
  private let access = Mutex(())
  /// Who reads what was here at some moment.
  private var frozen: [() -> FrozenOverlay?] = []

  private static let blockSize = Int64(OverlayHeader.blockSize)

  /// Opens the overlay at `path` over the image at `basePath`, or makes it; without a path, one that nobody else sees.
  /// `name` is the drive's, for messages. With `isWaiting` another process has the overlay still, which will hand it over.
  public init(
    name: String, base basePath: String, path: String?, isRaw: Bool = false, isWaiting: Bool = false,
    acceptsChanges: Bool = false
  ) throws(HostError) {
    isOwned = !isWaiting || path == nil
    self.acceptsChanges = acceptsChanges
    base = try FileDisk(name: name, path: basePath, readOnly: true, isRaw: isRaw)
    size = base.size
    self.path = path ?? basePath
    isNamed = path != nil
    func refusal(_ text: String) -> HostError {
      HostError("drive \(name): \(path ?? basePath): \(text)")
    }
    let wanted = try Self.identity(base, basePath, refusal)
    let (file, found) = try Self.open(path, wanted, isOwned, refusal)
    header = found
    self.file = OverlayFile(file)
    map = [UInt64](repeating: 0, count: wanted.mapSize / 8)
    guard !isOwned || readMap() else { throw refusal("is cut short") }
  }

  /// Takes over what the file says that is in it.
  private func readMap() -> Bool {
    let file = descriptor
    let isRead = map.withUnsafeMutableBytes { FileBytes.read(file, at: OverlayHeader.size, into: $0) == .done }
    let isPlaced = withUnsafeMutableBytes(of: &position) {
      FileBytes.read(file, at: OverlayHeader.positionOffset, into: $0) == .done
    }
    guard isRead, isPlaced else { return false }
    // One of a program that knew of no positions, or that was killed before it had written one.
    if position == 0, map.contains(where: { $0 != 0 }) { move() }
    // A snapshot of an earlier process may.
    isKnown = true
    return true
  }

  /// What is over the base is about to become another.
  private func move() {
    isKnown = false
    position = UInt64.random(in: 1...UInt64.max)
    guard isNamed else { return }
    _ = withUnsafeBytes(of: position) { FileBytes.write(descriptor, at: OverlayHeader.positionOffset, from: $0) }
    // Before anything is written that the earlier position does not stand for.
    _ = fdatasync(descriptor)
  }

  deinit {
    if isOwned { _ = flush() }
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
    _ path: String?, _ wanted: OverlayHeader, _ isOwned: Bool, _ refusal: (String) -> HostError
  ) throws(HostError) -> (Int32, OverlayHeader) {
    let file: Int32
    if let path {
      // One that is to come is there.
      file = Glibc.open(path, O_RDWR | (isOwned ? O_CREAT : 0) | O_CLOEXEC, 0o644)
    } else {
      file = OverlayFile.makeUnnamed()
    }
    guard file >= 0 else { throw refusal(String(cString: strerror(errno))) }
    var isKept = false
    defer { if !isKept { close(file) } }
    guard !isOwned || flock(file, LOCK_EX | LOCK_NB) == 0 else {
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
    return access.withLock { _ in
      walk(offset..<offset + Int64(target.count)) { bytes, isHere in
        let part = UnsafeMutableRawBufferPointer(
          rebasing: target[Int(bytes.lowerBound - offset)..<Int(bytes.upperBound - offset)])
        return isHere ? readHere(bytes.lowerBound, part) : base.read(at: bytes.lowerBound, into: part)
      }
    }
  }

  private func readHere(_ offset: Int64, _ target: UnsafeMutableRawBufferPointer) -> BlockResult {
    FileBytes.read(descriptor, at: header.dataOffset + Int(offset), into: target)
  }

  private func writeHere(_ offset: Int64, _ source: UnsafeRawBufferPointer) -> BlockResult {
    FileBytes.write(descriptor, at: header.dataOffset + Int(offset), from: source)
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
    // Afterwards: whoever reads it when it is told shall find what is new.
    defer { onWrite?(bytes) }
    return access.withLock { _ in
      if isKnown || position == 0 { move() }
      let result = prepare(bytes)
      guard result == .done else { return result }
      keep(blocks(bytes))
      let written = writeHere(offset, source)
      if written == .done { add(blocks(bytes)) }
      return written
    }
  }

  public func flush() -> BlockResult {
    // One without a name has nothing that could survive.
    guard isNamed else { return .done }
    guard fdatasync(descriptor) == 0 else { return .failed }
    guard !changed.isEmpty else { return .done }
    let place = changed.lowerBound * 8..<changed.upperBound * 8
    let put = map.withUnsafeBytes {
      FileBytes.write(
        descriptor, at: OverlayHeader.size + place.lowerBound, from: UnsafeRawBufferPointer(rebasing: $0[place]))
    }
    guard put == .done, fdatasync(descriptor) == 0 else { return .failed }
    changed = 0..<0
    return .done
  }

  public func identity() -> DiskIdentity? {
    queue?.drain()
    guard var identity = base.identity() else { return nil }
    // A process that is killed later shall leave what was here now.
    if isOwned { guard flush() == .done else { return nil } }
    isKnown = true
    identity.position = position
    var status = stat()
    if isNamed, fstat(descriptor, &status) == 0 { identity.file = UInt64(status.st_ino) }
    return identity
  }

  // MARK: What it was

  public func freeze() -> (any DiskDelta)? {
    queue?.drain()
    guard isOwned else { return nil }
    let delta = FrozenOverlay(file, header, map)
    frozen.removeAll { $0() == nil }
    frozen.append { [weak delta] in delta }
    return delta
  }

  /// `blocks` are about to be written.
  private func keep(_ blocks: Range<Int>) {
    for delta in frozen { delta()?.keep(blocks) }
  }

  public func stage(position: UInt64) -> (any StagedDelta)? {
    isOwned ? StagedOverlay(self, position: position) : nil
  }

  /// Another file is the overlay from now on: the one that has the name, where there is one.
  func adopt(_ file: OverlayFile, _ map: [UInt64], position: UInt64) {
    queue?.drain()
    onWrite?(0..<size)
    self.file = file
    self.map = map
    self.position = position
    isKnown = true
    changed = 0..<0
    frozen = []
  }

  // MARK: Other processes

  public func release() -> BlockResult {
    queue?.drain()
    guard isOwned, isNamed else { return .done }
    let result = flush()
    guard result == .done else { return result }
    // What another process writes nobody here keeps for them.
    for delta in frozen { delta()?.lose() }
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
    guard readMap() else { return "\(path): is cut short" }
    isOwned = true
    return nil
  }

  public func observeWrites(_ body: ((Range<Int64>) -> Void)?) -> Bool {
    queue?.drain()
    onWrite = body
    return true
  }

  public func data(from offset: Int64) -> Range<Int64> {
    queue?.drain()
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
