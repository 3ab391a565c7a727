/// A jump whose target is not known yet: where its 4 bytes of displacement are.
public struct HostFixup: Sendable, BitwiseCopyable {
  /// Offset in the code memory of those bytes.
  public let site: Int

  /// The displacement at `site`.
  public init(site: Int) { self.site = site }
}
