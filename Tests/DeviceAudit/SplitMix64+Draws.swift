public import SavedState

extension SplitMix64 {
  /// A number from 0 up to `bound`, without it.
  public mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }

  /// Any `count` bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
