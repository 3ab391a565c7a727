import CSDL2
import Glibc

/// A window on the host's display. One at a time, and on the main thread, as SDL wants it.
public final class Window {
  private let sdl: SDL
  private let window: OpaquePointer
  private let renderer: OpaquePointer
  private var texture: OpaquePointer?
  private var size: (width: Int, height: Int) = (0, 0)
  private var grab = PointerGrab()

  /// A click into the window gives the mouse to the guest; set where there is a guest that has one.
  public var sharesPointer: Bool {
    get { grab.isAllowed }
    set { grab.isAllowed = newValue }
  }

  /// Opens a window of `width` by `height` dots.
  ///
  /// - Throws: `DisplayError` when the host has no display.
  public init(title: String, width: Int, height: Int) throws(DisplayError) {
    // SDL would else take a driver that shows nothing.
    let variables: [String] = ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"]
    guard variables.contains(where: { getenv($0) != nil }) else {
      throw DisplayError(description: "neither DISPLAY nor WAYLAND_DISPLAY is set")
    }
    let sdl = try SDL.host.get()
    // Signals stay the program's own.
    _ = sdl.setHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
    _ = sdl.setHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
    _ = sdl.setHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear")
    guard sdl.initSubSystem(UInt32(SDL_INIT_VIDEO)) == 0 else { throw Self.error(sdl) }
    let centred = Int32(bitPattern: SDL_WINDOWPOS_CENTERED_MASK)
    guard
      let window = sdl.createWindow(
        title, centred, centred, Int32(width), Int32(height),
        SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue)
    else {
      let error = Self.error(sdl)
      sdl.quitSubSystem(UInt32(SDL_INIT_VIDEO))
      throw error
    }
    // Without vertical sync: nothing here may wait for the screen.
    guard
      let renderer = sdl.createRenderer(window, -1, 0)
        ?? sdl.createRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue)
    else {
      let error = Self.error(sdl)
      sdl.destroyWindow(window)
      sdl.quitSubSystem(UInt32(SDL_INIT_VIDEO))
      throw error
    }
    self.sdl = sdl
    self.window = window
    self.renderer = renderer
  }

  deinit {
    if let texture { sdl.destroyTexture(texture) }
    sdl.destroyRenderer(renderer)
    sdl.destroyWindow(window)
    sdl.quitSubSystem(UInt32(SDL_INIT_VIDEO))
  }

  private static func error(_ sdl: SDL) -> DisplayError {
    DisplayError(description: sdl.getError().map { String(cString: $0) } ?? "SDL does not say why")
  }

  /// Shows `title` in the window's frame.
  public func setTitle(_ title: String) { sdl.setWindowTitle(window, title) }

  /// Shows a picture of 0x00RRGGBB dots, scaled to the window with its proportions kept.
  public func show(_ pixels: [UInt32], width: Int, height: Int) {
    precondition(pixels.count == width * height && width > 0 && height > 0)
    if texture == nil || size != (width, height) {
      if let texture { sdl.destroyTexture(texture) }
      texture = sdl.createTexture(
        renderer, SDL_PIXELFORMAT_RGB888.rawValue, Int32(SDL_TEXTUREACCESS_STREAMING.rawValue), Int32(width),
        Int32(height))
      sdl.setWindowSize(window, Int32(width), Int32(height))
      size = (width, height)
      _ = sdl.renderSetLogicalSize(renderer, Int32(width), Int32(height))
    }
    guard let texture else { return }
    _ = pixels.withUnsafeBytes { sdl.updateTexture(texture, nil, $0.baseAddress, Int32(width * 4)) }
    present()
  }

  private func present() {
    _ = sdl.renderClear(renderer)
    if let texture { _ = sdl.renderCopy(renderer, texture, nil, nil) }
    sdl.renderPresent(renderer)
  }

  /// What has happened since the last call; never waits.
  public func events() -> [WindowEvent] {
    var found: [WindowEvent] = []
    var event = SDL_Event()
    while sdl.pollEvent(&event) != 0 {
      switch SDL_EventType(rawValue: event.type) {
      case SDL_QUIT: found.append(.close)
      case SDL_KEYDOWN, SDL_KEYUP:
        // The guest's keyboard repeats by itself.
        guard event.key.repeat == 0, let code = KeyTable.make(Int(event.key.keysym.scancode.rawValue)) else { continue }
        found += take(.key(code, isDown: SDL_EventType(rawValue: event.type) == SDL_KEYDOWN))
      case SDL_MOUSEMOTION: found += take(.motion(dx: event.motion.xrel, dy: event.motion.yrel))
      case SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP:
        guard let number = Self.button(event.button.button) else { continue }
        found += take(.button(number, isDown: SDL_EventType(rawValue: event.type) == SDL_MOUSEBUTTONDOWN))
      // The host's wheel counts away from the user.
      case SDL_MOUSEWHEEL: found += take(.wheel(0 &- event.wheel.y))
      case SDL_WINDOWEVENT:
        if event.window.event == UInt8(SDL_WINDOWEVENT_EXPOSED.rawValue) {
          present()
          found.append(.exposed)
        } else if event.window.event == UInt8(SDL_WINDOWEVENT_FOCUS_LOST.rawValue) {
          found += take(.left)
        }
      default: break
      }
    }
    return found
  }

  private func take(_ input: PointerGrab.Input) -> [WindowEvent] {
    let events = grab.take(input)
    for case .grab(let isHeld) in events { _ = sdl.setRelativeMouseMode(isHeld ? SDL_TRUE : SDL_FALSE) }
    return events
  }

  /// The host's buttons are left, middle, right, fourth, fifth from 1 up.
  private static func button(_ number: UInt8) -> Int? {
    switch number {
    case 1: 0
    case 2: 2
    case 3: 1
    case 4: 3
    case 5: 4
    default: nil
    }
  }
}
