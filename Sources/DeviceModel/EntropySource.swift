/// Where random bytes come from that nobody can foresee.
public protocol EntropySource: AnyObject, HostSide {
  /// That many of them. Never blocks for long.
  func bytes(_ count: Int) -> [UInt8]
}
