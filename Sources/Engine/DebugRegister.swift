/// One register of a CPU as debuggers and people name it.
public struct DebugRegister: Sendable, Equatable {
  /// What it is for.
  public enum Group: Sendable { case general, system, float, vector }

  /// GDB's name where it has one, else the manual's, in lower case.
  public let name: String
  /// Its width, up to 128.
  public let bits: Int
  /// What it is for.
  public let group: Group
  /// Its content.
  public let value: UInt128

  /// A register called `name`, `bits` wide, that holds `value`.
  public init(_ name: String, bits: Int, _ group: Group = .general, _ value: UInt128) {
    self.name = name
    self.bits = bits
    self.group = group
    self.value = value
  }
}
