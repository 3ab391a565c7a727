/// Values that travel as the bytes they are: those whose every bit pattern matters and that are no 64-bit integers.
protocol WireBytes: Wire {
  /// How many of the value's bytes mean something.
  static var byteCount: Int { get }
}

extension WireBytes {
  public static var shape: StateShape { .bytes(type: "\(Self.self)", count: byteCount) }

  /// Least significant byte first, as the value lies in memory.
  public static func save(_ value: Self) -> StateValue {
    withUnsafeBytes(of: value) { .bytes([UInt8]($0.prefix(byteCount))) }
  }

  static func decode(_ value: StateValue, zero: Self, _ loader: inout Loader) -> Self? {
    guard case .bytes(let bytes) = value else { return loader.refuse(.kind, value, "\(byteCount) bytes") }
    guard bytes.count == byteCount else { return loader.refuse(.range, value, "\(byteCount) bytes") }
    var result = zero
    withUnsafeMutableBytes(of: &result) { $0.copyBytes(from: bytes) }
    return result
  }

  static func draw(zero: Self, _ random: inout SplitMix64) -> Self {
    var result = zero
    withUnsafeMutableBytes(of: &result) { raw in
      for index in 0..<byteCount { raw[index] = UInt8(truncatingIfNeeded: random.next()) }
    }
    return result
  }
}

extension Double: WireBytes {
  static var byteCount: Int { 8 }
  public static func load(_ value: StateValue, _ loader: inout Loader) -> Double? { decode(value, zero: 0, &loader) }
  public static func arbitrary(using random: inout SplitMix64) -> Double { draw(zero: 0, &random) }
}

#if arch(x86_64)
  /// Ten bytes as FSTP m80fp stores them, so that every pattern survives, unnormal numbers included.
  extension Float80: WireBytes {
    static var byteCount: Int { 10 }
    public static func load(_ value: StateValue, _ loader: inout Loader) -> Float80? {
      decode(value, zero: 0, &loader)
    }
    public static func arbitrary(using random: inout SplitMix64) -> Float80 { draw(zero: 0, &random) }
  }
#endif

extension UInt128: WireBytes {
  static var byteCount: Int { 16 }
  public static func load(_ value: StateValue, _ loader: inout Loader) -> UInt128? { decode(value, zero: 0, &loader) }
  public static func arbitrary(using random: inout SplitMix64) -> UInt128 { draw(zero: 0, &random) }
  public static var shape: StateShape { .bytes(type: "UInt128", count: 16) }
  public static func save(_ value: UInt128) -> StateValue {
    withUnsafeBytes(of: value) { .bytes([UInt8]($0)) }
  }
}
