public import DeviceModel

/// A disk in memory, which can be told to fail.
public final class MemoryDisk: BlockBackend {
  public var bytes: [UInt8]
  public let size: Int64
  public let isReadOnly: Bool
  /// Where its requests are done; nil: at once.
  public var queue: DiskQueue?
  /// Called before each read, write or flush is done.
  public var onRequest: (() -> Void)?
  /// What reads and writes are answered with instead of being done.
  public var failure: BlockResult?
  public private(set) var flushes = 0

  /// A disk of `size` bytes, whose bytes are zero or `fill` of their offset; a large one keeps only its first `kept` bytes.
  public init(size: Int64, kept: Int = 1 << 20, isReadOnly: Bool = false, fill: ((Int) -> UInt8)? = nil) {
    self.size = size
    self.isReadOnly = isReadOnly
    bytes = [UInt8](repeating: 0, count: min(Int(size), kept))
    if let fill { for index in bytes.indices { bytes[index] = fill(index) } }
  }

  public func read(at offset: Int64, into target: UnsafeMutableRawBufferPointer) -> BlockResult {
    onRequest?()
    if let failure { return failure }
    guard contains(offset, count: Int64(target.count)) else { return .outOfRange }
    for index in target.indices {
      let place = Int(offset) + index
      target[index] = place < bytes.count ? bytes[place] : 0
    }
    return .done
  }

  public func write(at offset: Int64, from source: UnsafeRawBufferPointer) -> BlockResult {
    onRequest?()
    if let failure { return failure }
    guard contains(offset, count: Int64(source.count)) else { return .outOfRange }
    guard !isReadOnly else { return .readOnly }
    for (index, byte) in source.enumerated() where Int(offset) + index < bytes.count {
      bytes[Int(offset) + index] = byte
    }
    return .done
  }

  public func flush() -> BlockResult {
    onRequest?()
    flushes += 1
    return failure ?? .done
  }
}
