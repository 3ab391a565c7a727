import Boards
import DeviceModel
import Display
import Host
import Monitor
import Snapshots

/// The window of a machine: leaves it what the guest shows, and carries out what it says.
final class Screen {
  /// Title and notices are looked at so often, and things blink no faster, in nanoseconds.
  private static let calm: Int64 = 100_000_000
  /// How long a message stays, in nanoseconds.
  private static let messageTime: Int64 = 4_000_000_000
  /// Pictures have at most this part of the machine's time.
  private static let share: Int64 = 32
  private let window: WindowThread
  private let bell: Bell
  private let title: String
  private let option: DisplayOption
  private let slots: Slots
  private var displays: [(name: String, source: any PictureSource, picture: any Picture)] = []
  private var shown = 0
  private var control: Control?
  private var watch: Watch?
  private var hasPointer = false
  private var sharing = SharedPointer.none
  private var isAskedToPowerOff = false
  /// When the picture may be looked at again, and what had been executed when it was.
  private var nextFrame: Int64 = 0
  private var executed: UInt64?
  private var nextCalm: Int64 = 0
  /// Rows that the window has not got yet.
  private var waiting = 0..<0
  /// What a person asked to see, or is told; until when.
  private var message: (lines: [String], until: Int64)?
  private var panel: [String] = []
  private var shownTitle = ""
  /// Millions of instructions a second, as last measured.
  private var speed = 0.0
  private var measured: (at: Int64, executed: UInt64) = (0, 0)

  init(title: String, _ option: DisplayOption, board: String, poller: Poller) throws {
    self.title = title
    self.option = option
    slots = Slots(folder: option.slots, name: title == "Ferry" ? board : title)
    let bell = try Bell()
    self.bell = bell
    var options = WindowOptions(title: title)
    options.scale = option.scale
    options.isFullScreen = option.isFullScreen
    window = try WindowThread(options) { bell.ring() }
    watch = bell.watch(poller) { [weak self] in self?.takeEvents() }
  }

  /// Takes the window away.
  func close(_ poller: Poller) {
    if let watch { poller.remove(watch) }
    window.close()
  }

  /// From now on this is the machine that it shows.
  func attach(_ control: Control) {
    self.control = control
    displays = control.machine.displays.map { ($0.name, $0.source, $0.source.makePicture()) }
    window.setSize(isResizable)
    if displays.isEmpty { tell("\(control.machine.board.name) has no display", for: .max / 2) }
  }

  // MARK: What it shows

  /// Nanoseconds until there may be something new to show, if nothing happens before.
  func untilUpdate(_ now: Int64) -> Int64 {
    let isBehind = executed != control?.machine.executed || !waiting.isEmpty
    return max(0, max(nextFrame, isBehind ? 0 : nextCalm) - now)
  }

  /// Brings it to the present, when it is time for it.
  func update(_ now: Int64) {
    guard let control, now >= nextFrame else { return }
    let isCalm = now >= nextCalm
    guard isCalm || executed != control.machine.executed || !waiting.isEmpty else { return }
    executed = control.machine.executed
    nextFrame = now + window.frameTime
    updatePicture(now)
    guard isCalm else { return }
    nextCalm = now + Self.calm
    updateTitle(now)
    updatePanel(now)
    takeEvents()
    // Drivers come and go.
    let machine = control.machine
    let sharing: SharedPointer =
      machine.absolutePointer != nil ? .absolute : machine.pointer != nil ? .relative : .none
    if sharing != self.sharing {
      self.sharing = sharing
      window.sharePointer(sharing)
    }
  }

  /// Whether the picture can be of the window's size.
  private var isResizable: Bool { displays.indices.contains(shown) && displays[shown].source is any ResizableDisplay }

  private func updatePicture(_ now: Int64) {
    guard displays.indices.contains(shown) else { return }
    let picture = displays[shown].picture
    let start = HostClock.monotonic
    if picture.update(now) {
      waiting = waiting.covering(picture.changedRows).clamped(to: 0..<picture.height)
    }
    if !waiting.isEmpty,
      window.show(picture.pixels, width: picture.width, height: picture.height, rows: waiting)
    {
      waiting = 0..<0
    }
    // A picture that is much work is shown less often, and the guest goes on.
    nextFrame = max(nextFrame, now + (HostClock.monotonic - start) * Self.share)
  }

  private func updateTitle(_ now: Int64) {
    guard let machine = control?.machine else { return }
    if now - measured.at >= 1_000_000_000 {
      speed = Double(machine.executed &- measured.executed) * 1000 / Double(max(1, now - measured.at))
      measured = (now, machine.executed)
    }
    let state = machine.isRunning ? "\(Int(speed)) MIPS" : machine.runState.rawValue
    let display = displays.count > 1 ? " - \(displays[shown].name)" : ""
    let hint = hasPointer ? " - Ctrl-Alt-G gives the mouse back" : ""
    let text = "\(title) - \(machine.board.name)\(display) - \(state)\(hint)"
    guard text != shownTitle else { return }
    shownTitle = text
    window.setTitle(text)
  }

  private func updatePanel(_ now: Int64) {
    guard let control else { return }
    if let message, message.until <= now { self.message = nil }
    let lines = message?.lines ?? Notice(control).lines
    guard lines != panel else { return }
    panel = lines
    window.setPanel(lines)
  }

  private func tell(_ lines: String..., for time: Int64 = messageTime) { tell(lines, for: time) }

  private func tell(_ lines: [String], for time: Int64) {
    message = (lines, HostClock.monotonic + time)
    nextCalm = 0
  }

  // MARK: What it says

  private func takeEvents() {
    // A machine that is about to leave may stay: then it hears of it.
    guard let control, control.machine.runState != .finishMigrate else { return }
    for event in window.takeEvents() {
      do {
        try take(event, control)
      } catch {
        tell("\(error)")
      }
    }
  }

  private func take(_ event: WindowEvent, _ control: Control) throws {
    let machine = control.machine
    switch event {
    case .key(let code, let isDown): machine.keyboard?.key(code, down: isDown)
    case .pointer(let dx, let dy, let dz, let buttons): machine.pointer?.move(dx: dx, dy: dy, dz: dz, buttons: buttons)
    case .point(let place, let dz, let buttons): machine.absolutePointer?.point(place, dz: dz, buttons: buttons)
    case .resize(let width, let height):
      guard displays.indices.contains(shown), machine.hearsPeople else { return }
      (displays[shown].source as? any ResizableDisplay)?.resize(width: width, height: height)
    case .grab(let isHeld):
      hasPointer = isHeld
      nextCalm = 0
    case .paste(let text): try control.type(text)
    case .slot(_, nil): message = nil
    case .slot(let key, let number?): try use(slot: number, key, control)
    case .hotKey(let key): try press(key, control)
    case .close: try close(control)
    }
  }

  private func press(_ key: HotKey, _ control: Control) throws {
    switch key {
    case .grab, .fullScreen, .naturalSize, .paste: break
    case .pause: if control.machine.isRunning { control.stop() } else { try control.cont() }
    case .save, .load:
      tell([key == .save ? "Save to slot 0 to 9:" : "Load from slot 0 to 9:"] + slots.list, for: .max / 2)
    case .screenshot: try takePicture()
    case .help:
      if message?.lines == HotKey.list { message = nil } else { tell(HotKey.list, for: 5 * Self.messageTime) }
    case .display(let number): try show(display: number - 1)
    }
    nextCalm = 0
  }

  private func show(display number: Int) throws {
    guard displays.indices.contains(number) else {
      let names = displays.enumerated().map { "\($0.offset + 1) \($0.element.name)" }.joined(separator: ", ")
      throw HostError("There is no display \(number + 1), but \(names)")
    }
    shown = number
    window.setSize(isResizable)
    // The window may have another's picture.
    _ = displays[number].picture.update(0)
    waiting = 0..<displays[number].picture.height
    executed = nil
    tell("Display \(number + 1): \(displays[number].name)")
  }

  private func takePicture() throws {
    guard displays.indices.contains(shown) else { return }
    let picture = displays[shown].picture
    let path = SnapshotSeries(prefix: slots.name, suffix: "png").next(HostClock.wall)
    let file = PNG.encode(picture.pixels, width: picture.width, height: picture.height)
    try HostFile.write(file, to: path, what: "screenshot")
    tell("\(path) is written")
  }

  private func use(slot number: Int, _ key: HotKey, _ control: Control) throws {
    message = nil
    nextCalm = 0
    guard key == .save else {
      try control.loadSnapshot(from: slots.path(number))
      waiting = displays.indices.contains(shown) ? 0..<displays[shown].picture.height : 0..<0
      return tell("Slot \(number) is loaded")
    }
    let job = try control.saveSnapshot(to: slots.prepare(number), comment: "slot \(number)")
    job.whenOver { [weak self] in
      self?.tell(job.failure.map { "\($0)" } ?? "Slot \(number) is saved")
    }
  }

  /// The guest is asked first; who closes the window again means it.
  private func close(_ control: Control) throws {
    if !isAskedToPowerOff, control.machine.isRunning, (try? control.systemPowerdown()) != nil {
      isAskedToPowerOff = true
      return tell(
        "The guest has been asked to switch itself off.", "Close the window again to end it at once.", for: .max / 2)
    }
    control.quit()
  }
}
