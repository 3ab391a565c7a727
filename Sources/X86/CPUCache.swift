/// A cache as leaf 4 of CPUID describes it; lines have 64 bytes.
struct CPUCache: Sendable {
  enum Kind: UInt32, Sendable {
    case data = 1
    case instruction, unified
  }

  let kind: Kind
  let level: UInt32
  let ways: UInt32
  let sets: UInt32
}
