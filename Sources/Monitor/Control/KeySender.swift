import Boards
import DeviceModel

/// Keys that are pressed by command, held in the guest's time, and released before the next command's are pressed: a
/// Shift of one never changes the letter of another.
final class KeySender {
  /// The most keys of one command, and the most commands that wait.
  static let limit = 256
  /// The most characters of a text that is typed.
  static let textLimit = 16_384

  private struct Stroke {
    var keys: [UInt16]
    var time: Int64
    /// It is part of a text, which may wait.
    var isText = false
    var keyboard: any KeyboardInput
  }

  /// What is down of the mouse.
  var buttons: UInt8 = 0
  /// Whether the pointer was told last where it is, not how far it moves.
  var isAbsolute = false
  /// Where an absolute pointer was put last.
  var place = PointerPlace(x: 0, y: 0)
  private var held: Stroke?
  private var waiting: [Stroke] = []
  private let timer: Timer
  private unowned let machine: Machine

  /// Whether no key is held, and none waits.
  var isIdle: Bool { held == nil && waiting.isEmpty }

  init(_ machine: Machine) {
    self.machine = machine
    timer = machine.clock.makeTimer()
    timer.onFire = { [unowned self] in proceed() }
  }

  /// Presses `keys` together as soon as those before them are up, and holds them for `time` nanoseconds.
  func press(_ keys: [UInt16], on keyboard: any KeyboardInput, holding time: Int64) throws(CommandError) {
    guard keys.count <= Self.limit, waiting.count < Self.limit else {
      throw CommandError("Too many keys are waiting already")
    }
    add(Stroke(keys: keys, time: time, keyboard: keyboard))
  }

  /// Presses the keys of each of `strokes` in turn, and holds them for `time` nanoseconds each.
  func type(_ strokes: [[UInt16]], on keyboard: any KeyboardInput, holding time: Int64) throws(CommandError) {
    guard strokes.count + waiting.count <= Self.textLimit else {
      throw CommandError("More than \(Self.textLimit) characters would wait to be typed")
    }
    for keys in strokes { add(Stroke(keys: keys, time: time, isText: true, keyboard: keyboard)) }
  }

  private func add(_ stroke: Stroke) {
    waiting.append(stroke)
    if held == nil, waiting.count == 1 { proceed() }
  }

  /// Gives all keys to their keyboards at once: the machine is about to be saved, and what they hold goes along. A text
  /// would be more than they hold: what of it has not been typed comes later.
  func finish() {
    release()
    while let next = waiting.first, !next.isText {
      proceed()
      release()
    }
    if let next = waiting.first { timer.arm(at: machine.clock.now &+ next.time) }
  }

  /// Releases what is held and presses what is next.
  private func proceed() {
    release()
    if !waiting.isEmpty { begin(waiting.removeFirst()) }
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
  }
}
