import SavedState
import SwiftASN1

/// The primitives of the tree out of DER.
enum ASN1Reader {
  static func refuse(_ node: ASN1Node, _ found: String, _ expected: String) -> StateDecodingError {
    StateDecodingError("DER", at: node.encodedBytes.startIndex, found: found, expected: expected)
  }

  private static func content(_ node: ASN1Node) throws -> ArraySlice<UInt8> {
    guard case .primitive(let bytes) = node.content else {
      throw refuse(node, "a constructed value", "a primitive one")
    }
    return bytes
  }

  static func bytes(_ node: ASN1Node) throws -> [UInt8] { try [UInt8](content(node)) }

  static func text(_ node: ASN1Node?, in parent: ASN1Node) throws -> String {
    guard let node, node.identifier == .utf8String else {
      throw refuse(node ?? parent, node.map { "\($0.identifier)" } ?? "the end", "a UTF8String")
    }
    guard let text = String(validating: try content(node), as: UTF8.self) else {
      throw refuse(node, "bytes that are no UTF-8", "a UTF8String")
    }
    return text
  }

  static func name(_ node: ASN1Node?, in parent: ASN1Node) throws -> String {
    let name = try text(node, in: parent)
    guard StateName.isValid(name) else { throw refuse(node ?? parent, "\"\(name.prefix(40))\"", "a name") }
    return name
  }

  /// A number of at most 64 bits in the fewest bytes.
  static func integer(_ node: ASN1Node) throws -> Int128 {
    let bytes = try content(node)
    guard let first = bytes.first, bytes.count <= 9 else {
      throw refuse(node, "\(bytes.count) bytes", "an integer of 1 to 9 bytes")
    }
    var number: Int128 = first & 0x80 != 0 ? -1 : 0
    for byte in bytes { number = number << 8 | Int128(byte) }
    if bytes.count > 1 {
      let rest = number >> Int128(bytes.count * 8 - 9)
      guard rest != 0, rest != -1 else { throw refuse(node, "a padded integer", "the fewest bytes") }
    }
    guard StateValue.integers.contains(number) else { throw refuse(node, "\(number)", "\(StateValue.integers)") }
    return number
  }

  /// A version: 1 to 2^31 - 1.
  static func version(_ node: ASN1Node?, in parent: ASN1Node) throws -> Int {
    guard let node, node.identifier == .integer else {
      throw refuse(node ?? parent, node.map { "\($0.identifier)" } ?? "the end", "a version")
    }
    let number = try integer(node)
    guard number >= 1, number <= Int128(Int32.max) else { throw refuse(node, "version \(number)", "1 or more") }
    return Int(number)
  }
}
