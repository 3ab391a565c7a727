/// Bytes on their way in or out, oldest first.
public struct ByteQueue {
  private var bytes: [UInt8] = []
  private var head = 0

  /// None.
  public init() {}

  /// How many there are.
  public var count: Int { bytes.count - head }
  public var isEmpty: Bool { head == bytes.count }

  /// Adds one byte.
  public mutating func append(_ byte: UInt8) { bytes.append(byte) }
  /// Adds bytes.
  public mutating func append(contentsOf more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Takes the oldest byte.
  public mutating func popFirst() -> UInt8? {
    guard head < bytes.count else { return nil }
    let byte = bytes[head]
    removeFirst(1)
    return byte
  }

  /// Forgets the oldest `count` bytes; moves the rest down only when that pays.
  public mutating func removeFirst(_ count: Int) {
    head += count
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
      head = 0
    } else if head > 1 << 16 {
      bytes.removeFirst(head)
      head = 0
    }
  }

  /// Forgets all.
  public mutating func removeAll() {
    bytes.removeAll()
    head = 0
  }

  /// Calls `body` with all that is queued.
  public func withBytes<T>(_ body: (UnsafeRawBufferPointer) -> T) -> T {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
  }
}
