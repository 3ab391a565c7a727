/// One input of one device of a machine.
struct InputPin: Hashable {
  /// In `Machine.devices`.
  let device: Int
  /// In the model's `inputs`.
  let input: Int
}
