import Boards
import DeviceModel

/// Keys that are pressed by command, held in the guest's time, and released before the next command's are pressed: a
/// Shift of one never changes the letter of another.
final class KeySender {
  /// The most keys of one command, and the most commands that wait.
  static let limit = 256

  private struct Stroke {
    var keys: [UInt16]
    var time: Int64
    var keyboard: any KeyboardInput
  }

  /// What is down of the mouse.
  var buttons: UInt8 = 0
  private var held: Stroke?
  private var waiting: [Stroke] = []
  private let timer: Timer
  private unowned let machine: Machine

  init(_ machine: Machine) {
    self.machine = machine
    timer = machine.clock.makeTimer()
    timer.onFire = { [unowned self] in release() }
  }

  /// Presses `keys` together as soon as those before them are up, and holds them for `time` nanoseconds.
  func press(_ keys: [UInt16], on keyboard: any KeyboardInput, holding time: Int64) throws(CommandError) {
    guard keys.count <= Self.limit, waiting.count < Self.limit else {
      throw CommandError("Too many keys are waiting already")
    }
    let stroke = Stroke(keys: keys, time: time, keyboard: keyboard)
    if held == nil { begin(stroke) } else { waiting.append(stroke) }
  }

  /// Gives all keys to their keyboards at once: the machine is about to be saved, and what they hold goes along.
  func finish() {
    while held != nil { release() }
  }

  private func begin(_ stroke: Stroke) {
    for key in stroke.keys { stroke.keyboard.key(key, down: true) }
    held = stroke
    timer.arm(at: machine.clock.now &+ stroke.time)
  }

  private func release() {
    guard let stroke = held else { return }
    for key in stroke.keys.reversed() { stroke.keyboard.key(key, down: false) }
    held = nil
    if !waiting.isEmpty { begin(waiting.removeFirst()) }
  }
}
