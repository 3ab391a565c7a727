/// A board as its file describes it, in one version.
public struct BoardDescription: Sendable {
  /// The name by which `-M` finds the newest version.
  public let name: String
  /// Counted from 1; the newest is the highest.
  public let version: Int
  /// One line for `ferry machines`.
  public let summary: String
  /// The CPU model where `-cpu` names none.
  public let cpuModel: String
  /// How many CPUs the board has sockets for.
  public let maximumCPUs: Int
  /// Bytes of RAM where `-m` names none.
  public let defaultMemory: UInt64
  /// Bytes of RAM that the board can hold.
  public let maximumMemory: UInt64
  /// Bytes of RAM below 4 GiB; the rest begins there.
  public let memoryBelow4G: UInt64
  /// In the order of the file, which is the order in which they are reset and settled.
  public var devices: [DeviceDescription]
  /// The file it was read from, for messages.
  public let file: String

  /// The name by which `-M` finds exactly this version.
  public var fullName: String { "\(name)-\(version)" }
}
