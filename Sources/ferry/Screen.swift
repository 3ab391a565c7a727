import Boards
import DeviceModel
import Display

/// The window of a machine: shows its picture at most 60 times a second, and hands it keys and the mouse.
final class Screen {
  static let frame: Int64 = 16_666_667
  private let window: Window
  private let title: String
  private var picture: (any Picture)?
  private var keyboard: (any KeyboardInput)?
  private var pointer: (any PointerInput)?
  private weak var machine: Machine?
  private var hasPointer = false
  private var lastFrame: Int64 = 0
  /// Millions of instructions a second, as last measured.
  private var speed = 0.0
  private var lastTitle: (at: Int64, executed: UInt64) = (0, 0)

  init(title: String) throws(DisplayError) {
    self.title = title
    window = try Window(title: title, width: 720, height: 400)
  }

  func attach(_ machine: Machine) {
    self.machine = machine
    picture = machine.makePicture()
    keyboard = machine.keyboard
    pointer = machine.pointer
    window.sharesPointer = pointer != nil
  }

  /// Nanoseconds until the picture may be shown again.
  func untilNextFrame(_ now: Int64) -> Int64 { max(0, lastFrame + Self.frame - now) }

  func update(_ now: Int64) {
    guard now - lastFrame >= Self.frame else { return }
    lastFrame = now
    for event in window.events() {
      switch event {
      case .key(let code, let isDown): keyboard?.key(code, down: isDown)
      case .pointer(let dx, let dy, let dz, let buttons): pointer?.move(dx: dx, dy: dy, dz: dz, buttons: buttons)
      case .grab(let isHeld):
        hasPointer = isHeld
        showTitle()
      case .close: machine?.quit()
      case .exposed: break
      }
    }
    if let picture, picture.update(now) {
      window.show(picture.pixels, width: picture.width, height: picture.height)
    }
    if now - lastTitle.at >= 1_000_000_000 { updateTitle(now) }
  }

  private func updateTitle(_ now: Int64) {
    guard let machine else { return }
    let executed = machine.cpus.reduce(0 as UInt64) { $0 &+ $1.executed }
    speed = Double(executed &- lastTitle.executed) * 1000 / Double(max(1, now - lastTitle.at))
    lastTitle = (now, executed)
    showTitle()
  }

  private func showTitle() {
    guard let machine else { return }
    let state = machine.isRunning ? "\(Int(speed)) MIPS" : "paused"
    let hint = hasPointer ? " - Ctrl-Alt-G gives the mouse back" : ""
    window.setTitle("\(title) - \(machine.board.name) - \(state)\(hint)")
  }
}
