import Boards
import SavedState

/// Input that has come to the source and not yet to a device, as a node.
enum PendingInput {
  static func node(_ input: [String: [UInt8]]) -> StateNode {
    var node = StateNode("input")
    node["devices"] = .list(
      input.sorted { $0.key < $1.key }.map { device, bytes in
        var group = StateGroup()
        group["device"] = .text(device)
        group["bytes"] = .bytes(bytes)
        return .group(group)
      })
    return node
  }

  static func read(_ node: StateNode) throws(MigrationError) -> [String: [UInt8]] {
    guard node.name == "input", node.version == 1, case .list(let list)? = node["devices"], list.count <= 256 else {
      throw MigrationError("STATE lacks the input that waits")
    }
    var input: [String: [UInt8]] = [:]
    for value in list {
      guard case .group(let group) = value, case .text(let device)? = group["device"],
        case .bytes(let bytes)? = group["bytes"], bytes.count <= Machine.inputLimit
      else { throw MigrationError("STATE has input that cannot be") }
      input[device] = bytes
    }
    return input
  }
}
