public import Boards
import Glibc
import GuestMemory

/// A number that two machines share when they are in the same state: the tree and every byte of memory.
///
/// FNV-1a over 64-bit words with a rotation, which also spreads the high bits; it finds differences, it keeps no secrets.
public struct StateDigest: Sendable, Equatable {
  /// Of the tree in its wire encoding.
  public let tree: UInt64
  /// Of each block of memory, by name.
  public let memory: [(name: String, digest: UInt64)]

  /// The digest of `machine` as it is.
  public init(_ machine: Machine) {
    tree = machine.save().der().withUnsafeBytes { Self.hash($0, Self.start) }
    let blocks = [machine.ram] + machine.blocks.sorted { $0.key < $1.key }.map(\.value)
    memory = blocks.map { ($0.name, Self.hash($0)) }
  }

  /// All of it in one number.
  public var combined: UInt64 {
    memory.reduce(tree) { $0 &* Self.prime ^ $1.digest }
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.tree == b.tree && a.memory.elementsEqual(b.memory) { $0 == $1 }
  }

  /// SEEK_DATA and SEEK_HOLE of lseek(2), which the C library hides behind its extensions.
  private static let seekData: Int32 = 3
  private static let seekHole: Int32 = 4
  private static let start: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* prime
    return product << 29 | product >> 35
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
    var hash = mix(seed, UInt64(bytes.count))
    var at = 0
    while at &+ 8 <= bytes.count {
      hash = mix(hash, bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      at &+= 8
    }
    while at < bytes.count {
      hash = mix(hash, UInt64(bytes[at]))
      at &+= 1
    }
    return hash
  }

  /// Pages of zeros count as if they were not there, and those that the host has not given yet are not asked for.
  private static func hash(_ block: RAMBlock) -> UInt64 {
    var hash = mix(start, UInt64(block.size))
    var at = 0
    while at < block.size {
      let data = lseek(block.descriptor, at, seekData)
      guard data >= 0 else { break }
      let hole = lseek(block.descriptor, data, seekHole)
      let end = hole < 0 ? block.size : min(hole, block.size)
      for page in stride(from: data & ~(RAMBlock.pageSize - 1), to: end, by: RAMBlock.pageSize) {
        let bytes = UnsafeRawBufferPointer(start: block.base + page, count: RAMBlock.pageSize)
        if !isZero(bytes) { hash = Self.hash(bytes, mix(hash, UInt64(page))) }
      }
      at = end
    }
    return hash
  }

  private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    for at in stride(from: 0, to: bytes.count, by: 8) where bytes.load(fromByteOffset: at, as: UInt64.self) != 0 {
      return false
    }
    return true
  }
}
