/// What the page tables say of one page, for people and debuggers (SDM 3A 4.3 and 4.4).
struct PageTableEntry {
  /// The physical address of the page's first byte.
  var physical: UInt64
  /// Bytes: 4 KiB, 2 MiB or 4 MiB.
  var size: UInt64
  var isUser: Bool
  var isWritable: Bool
  var isExecutable: Bool

  /// `u` or `s`, then what may be done.
  var rights: String { Self.texts[(isUser ? 4 : 0) | (isWritable ? 2 : 0) | (isExecutable ? 1 : 0)] }

  private static let texts = ["sr--", "sr-x", "srw-", "srwx", "ur--", "ur-x", "urw-", "urwx"]
}
