public import PCDevices

/// All that starting a kernel takes: what goes where in memory, and how the bootstrap processor begins.
public struct BootPlan: Sendable {
  /// What was recognised, for people: "Linux 6.1.0 (boot protocol 2.15)".
  public var summary: String
  /// In the order in which they are stored; none overlaps another but where the later one is meant.
  public var placements: [Placement]
  /// What the first CPU begins with.
  public var entry: EntryState
  /// The mode that the screen shall be in; nil leaves it in text.
  public var videoMode: VBEMode?
}
