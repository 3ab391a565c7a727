/// Bits of a register that have a name of their own.
public struct RegisterField: Sendable, Equatable {
  /// The manual's name.
  public let name: String
  /// Which bits.
  public let bits: ClosedRange<Int>

  /// The bits `bits` under `name`.
  public init(_ name: String, _ bits: ClosedRange<Int>) {
    self.name = name
    self.bits = bits
  }

  /// How many values it has, less one.
  public var limit: UInt64 { bits.count >= 64 ? .max : (1 << UInt64(bits.count)) - 1 }

  /// What it is when the register is `value`.
  public func value(in value: UInt64) -> UInt64 { (value >> UInt64(bits.lowerBound)) & limit }

  /// `value` with the field replaced by the low bits of `field`.
  public func setting(_ field: UInt64, in value: UInt64) -> UInt64 {
    value & ~(limit << UInt64(bits.lowerBound)) | (field & limit) << UInt64(bits.lowerBound)
  }

  /// As manuals print it: `DLAB[7]`, `WLS[1:0]`.
  public var text: String {
    bits.count == 1 ? "\(name)[\(bits.lowerBound)]" : "\(name)[\(bits.upperBound):\(bits.lowerBound)]"
  }

  /// The fields that `text` lists as manuals do: `DLAB[7] WLS[1:0]`. It is part of the program: what is malformed is
  /// a precondition.
  static func list(_ text: String) -> [RegisterField] {
    text.split(separator: " ").map { word in
      let parts = word.dropLast().split(separator: "[")
      let ends = parts.count == 2 ? parts[1].split(separator: ":").compactMap { Int($0) } : []
      guard word.last == "]", let high = ends.first, let low = ends.last, ends.count <= 2, low <= high, low >= 0,
        high < 64
      else { preconditionFailure("\(word) is no field of a register") }
      return RegisterField(String(parts[0]), low...high)
    }
  }
}
