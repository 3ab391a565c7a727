/// What one key of fw_cfg gives.
public enum FwCfgItem {
  /// Bytes that stay as they are.
  case bytes([UInt8])
  /// Bytes that belong to someone else, who keeps them in its own state: `count` of them, read and written one
  /// by one.
  case shared(count: Int, read: (Int) -> UInt8, write: (Int, UInt8) -> Void)

  /// Bytes.
  public var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .shared(let count, _, _): count
    }
  }
}
