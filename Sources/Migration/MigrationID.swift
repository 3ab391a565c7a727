/// What a migration is known by when its connection is made anew: random, so that nobody else's is taken for it.
struct MigrationID: Sendable, Equatable, CustomStringConvertible {
  /// Bytes of it.
  static let size = 16

  let bytes: [UInt8]

  /// A new one.
  init() {
    var random = SystemRandomNumberGenerator()
    bytes = (0..<Self.size).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// One that was sent.
  init(bytes: [UInt8]) { self.bytes = bytes }

  var description: String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}
