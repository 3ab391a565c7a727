public import Boards
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
    while case let data = block.backed(from: at), !data.isEmpty {
      for page in stride(from: data.lowerBound, to: data.upperBound, by: RAMBlock.pageSize) {
        guard let start = block.readable(page, count: RAMBlock.pageSize) else { continue }
        let bytes = UnsafeRawBufferPointer(start: start, count: RAMBlock.pageSize)
        if !PageScan.isZero(bytes) { hash = Self.hash(bytes, mix(hash, UInt64(page))) }
      }
      at = data.upperBound
    }
    return hash
  }
}
