import Boards
import DeviceModel

/// Keys that were pressed by command and will be released in the guest's time.
final class KeySender {
  /// The most keys of one command, and the most that are waiting for their release.
  static let limit = 256
  /// What is down of the mouse.
  var buttons: UInt8 = 0
  private var held: [(key: UInt16, until: Int64, keyboard: any KeyboardInput)] = []
  private let timer: Timer
  private unowned let machine: Machine

  init(_ machine: Machine) {
    self.machine = machine
    timer = machine.clock.makeTimer()
    timer.onFire = { [unowned self] in release() }
  }

  func press(_ keys: [UInt16], on keyboard: any KeyboardInput, holding time: Int64) throws(CommandError) {
    guard held.count + keys.count <= Self.limit else { throw CommandError("Too many keys are held already") }
    for key in keys { keyboard.key(key, down: true) }
    let until = machine.clock.now &+ time
    for key in keys.reversed() { held.append((key, until, keyboard)) }
    timer.set(held.map(\.until).min())
  }

  private func release() {
    let now = machine.clock.now
    for entry in held where entry.until <= now { entry.keyboard.key(entry.key, down: false) }
    held.removeAll { $0.until <= now }
    timer.set(held.map(\.until).min())
  }
}
