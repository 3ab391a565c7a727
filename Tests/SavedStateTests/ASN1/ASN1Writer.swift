import SavedState
import SwiftASN1

/// The primitives of the tree in DER.
enum ASN1Writer {
  static func text(_ text: String, _ coder: inout DER.Serializer) {
    coder.appendPrimitiveNode(identifier: .utf8String) { $0.append(contentsOf: text.utf8) }
  }

  /// Two's complement in the fewest bytes (X.690 8.3.2).
  static func integer(_ number: Int128, _ identifier: ASN1Identifier, _ coder: inout DER.Serializer) {
    precondition(StateValue.integers.contains(number), "\(number) does not fit 64 bits")
    coder.appendPrimitiveNode(identifier: identifier) { bytes in
      var count = 1
      while count < 9, number >> Int128(count * 8 - 1) != (number < 0 ? -1 : 0) { count += 1 }
      for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> Int128(index * 8))) }
    }
  }
}
