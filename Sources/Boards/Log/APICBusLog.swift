import Logging
import PCDevices

/// Messages between APICs as a log has them.
enum APICBusLog {
  /// Whose entries they are.
  static let name = "apic-bus"

  static func text(_ message: APICMessage) -> String {
    let destination =
      message.destination == APICMessage.broadcast
      ? "all" : (message.isLogical ? "logical " : "") + Address.hex(UInt64(message.destination))
    return "\(message.delivery) vector \(Address.hex(UInt64(message.vector))) to \(destination)"
  }

  static func fields(_ message: APICMessage) -> Logger.Metadata {
    [
      "delivery": .string("\(message.delivery)"), "vector": .stringConvertible(message.vector),
      "destination": .hex(UInt64(message.destination)), "logical": .stringConvertible(message.isLogical),
    ]
  }
}
