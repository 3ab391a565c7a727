import Engine
import GuestMemory

/// MONITOR and MWAIT (SDM 2), without extensions and power states.
///
/// A store to the armed line is found by looking: when MWAIT begins to wait, and whenever it is the CPU's turn.
/// A store that leaves the line as it was does not end the wait; software that polls cannot tell.
extension CPU {
  static func bindMonitor(_ i: Instruction) -> Handler? {
    switch i.operation {
    case .monitor: return { c, p in straight(c, p) { cpu, op throws(Fault) in try cpu.monitor(op) } }
    case .mwait: return { c, p in leaving(c, p) { cpu, _ throws(Fault) in try cpu.waitForMonitor() } }
    default: return nil
    }
  }

  private func monitor(_ op: Op) throws(Fault) {
    guard core.pointee.cpl == 0 else { throw undefined() }
    guard register(UInt32.self, Self.rcx) == 0 else { throw protection(0) }
    let mask: UInt64 = op.pointee.addressSize == 2 ? 0xffff : 0xffff_ffff
    let linear = try checkedLinear(
      segment: op.pointee.segment, register(UInt64.self, Self.rax) & mask, size: 1, writing: false)
    let translation = try translate(linear, .read, user: false)
    core.pointee.state.monitorAddress = (translation.physical & ~0xfff) | (linear & 0xfc0)
    core.pointee.state.monitorDigest = monitoredDigest
    try checkLoss()
  }

  private func waitForMonitor() throws(Fault) {
    guard core.pointee.cpl == 0 else { throw undefined() }
    guard register(UInt32.self, Self.rcx) == 0 else { throw protection(0) }
    guard core.pointee.state.monitorAddress != 1 else { return }
    if !endsMonitorWait() { core.pointee.state.activity = .halted }
  }

  /// Whether the armed line has changed; it is not armed any longer then.
  func endsMonitorWait() -> Bool {
    guard monitorHasChanged else { return false }
    // A line that is lost has not changed.
    if core.pointee.pending & Pending.abandon != 0 { return false }
    core.pointee.state.monitorAddress = 1
    return true
  }

  /// Whether a line is armed and has changed.
  var monitorHasChanged: Bool {
    core.pointee.state.monitorAddress != 1 && monitoredDigest != core.pointee.state.monitorDigest
  }

  /// A digest of the armed line; a line of a device, which must not be read, always has the same.
  private var monitoredDigest: UInt64 {
    let address = core.pointee.state.monitorAddress & physicalAddressMask
    guard let (block, offset) = owner.memory.page(at: address),
      let line = block.readable(offset + Int(address & 0xfc0), count: 64)
    else { return 0 }
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<8 {
      digest = (digest ^ line.load(fromByteOffset: index * 8, as: UInt64.self)) &* 0x100_0000_01b3
      digest ^= digest >> 29
    }
    return digest
  }
}
