/// The host's own random numbers.
public final class HostEntropy: EntropySource {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var at = 0
      while at < count {
        let word = generator.next()
        for byte in 0..<min(8, count - at) { buffer[at + byte] = UInt8(truncatingIfNeeded: word >> UInt64(byte * 8)) }
        at += min(8, count - at)
      }
      filled = count
    }
  }
}
