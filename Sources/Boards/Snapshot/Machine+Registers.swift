/// The registers of a machine as its guest would read them.
extension Machine {
  /// One register and what is in it.
  public struct RegisterValue: Sendable, Equatable {
    /// The device, and the register's name in its manual.
    public let device: String
    public let register: String
    /// What it reads as.
    public let value: UInt64
  }

  /// All registers that can be read without anything happening, in the order of the devices.
  public func registers() -> [RegisterValue] {
    devices.flatMap { name, device in
      type(of: device).registers.filter { !$0.isVolatile && $0.access != .writeOnly }.map { row in
        let mask: UInt64 = row.width >= 8 ? .max : (1 << UInt64(row.width * 8)) - 1
        let value = device.busRead(row.offset, width: row.width, region: row.region) & mask
        return RegisterValue(device: name, register: row.name, value: value)
      }
    }
  }
}
