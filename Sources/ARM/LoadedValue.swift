/// What a load does with the bytes it reads (DDI 0100 A3.11).
protocol LoadedValue {
  associatedtype Width: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  static func extend(_ value: Width) -> UInt32
}

enum LoadedWord: LoadedValue {
  @inline(__always) static func extend(_ value: UInt32) -> UInt32 { value }
}

enum LoadedByte: LoadedValue {
  @inline(__always) static func extend(_ value: UInt8) -> UInt32 { UInt32(value) }
}

enum LoadedHalf: LoadedValue {
  @inline(__always) static func extend(_ value: UInt16) -> UInt32 { UInt32(value) }
}

enum LoadedSignedByte: LoadedValue {
  @inline(__always)
  static func extend(_ value: UInt8) -> UInt32 { UInt32(bitPattern: Int32(Int8(bitPattern: value))) }
}

enum LoadedSignedHalf: LoadedValue {
  @inline(__always)
  static func extend(_ value: UInt16) -> UInt32 { UInt32(bitPattern: Int32(Int16(bitPattern: value))) }
}
