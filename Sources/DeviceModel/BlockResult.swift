/// How a request to a `BlockBackend` ended.
public enum BlockResult: Sendable {
  /// All of it was done.
  case done
  /// Part of it lies outside the disk; nothing was done.
  case outOfRange
  /// The disk cannot be written; nothing was done.
  case readOnly
  /// The host has no room left for what was written.
  case noSpace
  /// The host's file failed.
  case failed
}
