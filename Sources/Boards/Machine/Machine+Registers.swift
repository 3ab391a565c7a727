public import DeviceModel
import SavedState

/// Registers by the manual's names, from outside.
extension Machine {
  /// A twin of the device called `name`, in its present state; nil when there is none, or when its registers are not
  /// reached by address.
  public func twin(of name: String) -> DeviceTwin? {
    guard let entry = devices.first(where: { $0.name == name }), !type(of: entry.device).registers.isEmpty else {
      return nil
    }
    let site = sites.first { $0.name == name }
    return DeviceTwin(of: entry.device, named: name, parameters: site?.parameters ?? [:], epoch: epoch, now: clock.now)
  }

  /// Writes `value` to a register of the device called `name` as a guest would. Index registers on the way to it keep
  /// what the guest wrote into them.
  public func write(_ value: UInt64, to row: RegisterRow, of name: String) {
    guard let device = devices.first(where: { $0.name == name })?.device else { return }
    let before = device.node(named: name)
    for write in row.select { device.busWrite(write.value, write.offset, width: write.width, region: write.region) }
    let selected = device.node(named: name)
    device.busWrite(value, row.offset, width: row.width, region: row.region)
    guard !row.select.isEmpty else { return }
    var after = device.node(named: name)
    for difference in before.differences(to: selected) {
      guard let old = before.value(at: difference.path),
        after.value(at: difference.path) == selected.value(at: difference.path)
      else { continue }
      // What is there in one node is there in the other.
      try? after.set(old, at: difference.path)
    }
    guard let commit = try? device.prepare(after, below: Self.path) else { return }
    commit()
    device.settle()
  }
}
