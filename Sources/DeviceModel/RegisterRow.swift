/// One register as the manual prints it: for `ferry devices`, the monitor and the audit.
public struct RegisterRow: Sendable {
  /// What a guest can do with it.
  public enum Access: String, Sendable { case readOnly, writeOnly, readWrite }

  /// The manual's name.
  public let name: String
  /// The number of the model's region that holds it.
  public let region: Int
  /// From the start of the region, in bytes.
  public let offset: UInt64
  /// Bytes.
  public let width: Int
  /// So many of the kind follow each other from `offset` on; the audit looks at the first.
  public let count: Int
  /// What a guest can do with it.
  public let access: Access
  /// What it reads as after a reset; nil when that depends on more than the register.
  public let reset: UInt64?
  /// The bits that a write can change.
  public let mask: UInt64
  /// Reading has a side effect (pops a FIFO, clears a flag), or the register is reached through an index or
  /// a flip-flop: the audit leaves it alone.
  public let isVolatile: Bool
  /// Bits with names of their own, where the manual gives them.
  public let fields: [RegisterField]
  /// What has to be written before it is at `offset`; such a register is volatile.
  public let select: [RegisterWrite]

  /// The register at `offset` of region number `region`. `fields` lists named bits as manuals do:
  /// `DLAB[7] WLS[1:0]`.
  public init(
    _ name: String, region: Int = 0, at offset: UInt64, width: Int = 1, count: Int = 1, _ access: Access,
    reset: UInt64? = 0, mask: UInt64 = .max, isVolatile: Bool = false, fields: String = "",
    select: [RegisterWrite] = []
  ) {
    self.name = name
    self.region = region
    self.offset = offset
    self.width = width
    self.count = count
    self.access = access
    self.reset = reset
    self.mask = width >= 8 ? mask : mask & ((1 << UInt64(width * 8)) - 1)
    self.isVolatile = isVolatile || !select.isEmpty
    self.fields = RegisterField.list(fields)
    self.select = select
  }
}
