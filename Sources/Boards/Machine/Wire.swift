import DeviceModel

/// One wire of the board: from a device's output to an input.
struct Wire {
  /// The device that drives it.
  let from: String
  /// The output's name.
  let output: String
  /// Where it ends.
  let to: WireEnd
  /// What joins the wires that end there, and this one's number among them.
  let gate: OrGate
  let number: Int
}
