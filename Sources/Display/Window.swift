import CSDL2
import DeviceModel
import Glibc

/// A window on the host's display. One at a time, and all of it on one thread, as SDL wants it.
final class Window {
  private let sdl: SDL
  private let window: OpaquePointer
  private let renderer: OpaquePointer
  private let scale: Double
  private var texture: OpaquePointer?
  private var size: (width: Int, height: Int) = (0, 0)
  private var panel: OpaquePointer?
  private var panelSize: (width: Int, height: Int) = (0, 0)
  private var input = WindowInput()
  /// The size was chosen by hand, and stays.
  private var isResized = false
  /// Where the picture is, and in what room, both in the renderer's dots; nil before there is one.
  private var layout: (picture: Layout, room: (width: Int, height: Int))?
  /// What is on the screen is not what should be.
  private(set) var isStale = true

  /// The picture has whatever size the window gives it, so that the window need not take the picture's.
  var setsSize = false

  /// - Throws: `DisplayError` when the host has no display.
  init(_ options: WindowOptions) throws(DisplayError) {
    // SDL would else take a driver that shows nothing.
    let variables: [String] = ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"]
    guard variables.contains(where: { getenv($0) != nil }) else {
      throw DisplayError(description: "neither DISPLAY nor WAYLAND_DISPLAY is set")
    }
    let sdl = try SDL.host.get()
    // Signals stay the program's own.
    _ = sdl.setHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
    _ = sdl.setHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0")
    // What changes is copied, and little else is to be done: drivers of 3D cost more than that, above all where the host's
    // processors play the GPU. SDL's own variables overrule it.
    _ = sdl.setHint(SDL_HINT_RENDER_DRIVER, "software")
    _ = sdl.setHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0")
    guard sdl.initSubSystem(UInt32(SDL_INIT_VIDEO)) == 0 else { throw Self.error(sdl) }
    let centred = Int32(bitPattern: SDL_WINDOWPOS_CENTERED_MASK)
    let fullScreen = options.isFullScreen ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0
    let natural = Self.textMode
    guard
      let window = sdl.createWindow(
        options.title, centred, centred, Int32(Double(natural.width) * options.scale),
        Int32(Double(natural.height) * options.scale),
        SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue | fullScreen)
    else {
      let error = Self.error(sdl)
      sdl.quitSubSystem(UInt32(SDL_INIT_VIDEO))
      throw error
    }
    // Without vertical sync: what comes in between would wait for the screen.
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
    scale = options.scale
  }

  deinit {
    if let texture { sdl.destroyTexture(texture) }
    if let panel { sdl.destroyTexture(panel) }
    sdl.destroyRenderer(renderer)
    sdl.destroyWindow(window)
    sdl.quitSubSystem(UInt32(SDL_INIT_VIDEO))
  }

  /// What most machines show first.
  private static let textMode = (width: 720, height: 400)

  private static func error(_ sdl: SDL) -> DisplayError {
    DisplayError(description: sdl.getError().map { String(cString: $0) } ?? "SDL does not say why")
  }

  // MARK: What it shows

  /// How long the screen shows a picture, in nanoseconds.
  var frameTime: Int64 {
    let rate = mode.refresh_rate
    return 1_000_000_000 / Int64((20...500).contains(rate) ? rate : 60)
  }

  private var mode: SDL_DisplayMode {
    var mode = SDL_DisplayMode()
    _ = sdl.getCurrentDisplayMode(max(0, sdl.getWindowDisplayIndex(window)), &mode)
    return mode
  }

  /// Shows `title` in the window's frame.
  func setTitle(_ title: String) { sdl.setWindowTitle(window, title) }

  /// Takes over rows of a picture of 0x00RRGGBB dots: all of them when its size is new.
  func update(_ pixels: [UInt32], width: Int, height: Int, rows: Range<Int>) {
    precondition(pixels.count >= width * height && width > 0 && height > 0)
    var rows = rows
    if texture == nil || size != (width, height) {
      if let texture { sdl.destroyTexture(texture) }
      texture = sdl.createTexture(
        renderer, SDL_PIXELFORMAT_RGB888.rawValue, Int32(SDL_TEXTUREACCESS_STREAMING.rawValue), Int32(width),
        Int32(height))
      size = (width, height)
      rows = 0..<height
      if !isResized, !setsSize || layout == nil { takeNaturalSize() }
    }
    guard let texture, !rows.isEmpty else { return }
    var part = SDL_Rect(x: 0, y: Int32(rows.lowerBound), w: Int32(width), h: Int32(rows.count))
    pixels.withUnsafeBufferPointer { dots in
      _ = sdl.updateTexture(texture, &part, dots.baseAddress.map { $0 + rows.lowerBound * width }, Int32(width * 4))
    }
    isStale = true
  }

  /// Shows lines of text over the picture; none takes them away.
  func setPanel(_ lines: [String]) {
    if let panel { sdl.destroyTexture(panel) }
    panel = nil
    isStale = true
    guard !lines.isEmpty else { return }
    let picture = Panel(lines)
    panelSize = (picture.width, picture.height)
    panel = sdl.createTexture(
      renderer, SDL_PIXELFORMAT_ARGB8888.rawValue, Int32(SDL_TEXTUREACCESS_STATIC.rawValue), Int32(picture.width),
      Int32(picture.height))
    _ = picture.pixels.withUnsafeBytes {
      sdl.updateTexture(panel, nil, $0.baseAddress, Int32(picture.width * 4))
    }
    _ = sdl.setTextureBlendMode(panel, SDL_BLENDMODE_BLEND)
  }

  /// Brings all of it to the screen.
  func present() {
    isStale = false
    var (width, height): (Int32, Int32) = (0, 0)
    guard sdl.getRendererOutputSize(renderer, &width, &height) == 0, width > 0, height > 0 else { return }
    let room = (width: Int(width), height: Int(height))
    _ = sdl.renderClear(renderer)
    if let texture {
      let layout = Layout(size, in: room)
      self.layout = (layout, room)
      // Whole multiples are sharp.
      let isExact = layout.width % size.width == 0 && layout.height % size.height == 0
      _ = sdl.setTextureScaleMode(texture, isExact ? SDL_ScaleModeNearest : SDL_ScaleModeLinear)
      copy(texture, layout)
    }
    if let panel {
      // As large as the text of a screen of 80 columns would be, in whole multiples.
      let scale = max(1, min(room.width / Self.textMode.width, room.height / Self.textMode.height))
      var layout = Layout(panelSize, in: room)
      if panelSize.width * scale <= room.width, panelSize.height * scale <= room.height {
        (layout.width, layout.height) = (panelSize.width * scale, panelSize.height * scale)
        (layout.x, layout.y) = ((room.width - layout.width) / 2, (room.height - layout.height) / 2)
      }
      copy(panel, layout)
    }
    sdl.renderPresent(renderer)
  }

  private func copy(_ texture: OpaquePointer, _ layout: Layout) {
    var place = SDL_Rect(x: Int32(layout.x), y: Int32(layout.y), w: Int32(layout.width), h: Int32(layout.height))
    _ = sdl.renderCopy(renderer, texture, nil, &place)
  }

  // MARK: Its size

  private var isFullScreen: Bool { sdl.getWindowFlags(window) & SDL_WINDOW_FULLSCREEN.rawValue != 0 }

  private func takeNaturalSize() {
    isResized = false
    guard size.width > 0, !isFullScreen else { return }
    // A picture that is larger than the screen is made smaller.
    let mode = mode
    var factor = scale
    if mode.w > 0, mode.h > 0 {
      factor = min(factor, Double(mode.w) / Double(size.width), Double(mode.h) / Double(size.height))
    }
    sdl.setWindowSize(window, Int32(Double(size.width) * factor), Int32(Double(size.height) * factor))
    isStale = true
  }

  private func toggleFullScreen() {
    _ = sdl.setWindowFullscreen(window, isFullScreen ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue)
    if !isFullScreen, !isResized, !setsSize { takeNaturalSize() }
    isStale = true
  }

  /// The room that there is now, in dots of a picture that is shown at the scale that was asked for.
  private var room: WindowEvent {
    var (width, height): (Int32, Int32) = (0, 0)
    sdl.getWindowSize(window, &width, &height)
    return .resize(width: Int(Double(width) / scale), height: Int(Double(height) / scale))
  }

  /// The place of the picture that is at `x`, `y` of the window.
  private func place(_ x: Int32, _ y: Int32) -> PointerPlace? {
    var (width, height): (Int32, Int32) = (0, 0)
    sdl.getWindowSize(window, &width, &height)
    guard let layout, width > 0, height > 0 else { return nil }
    // A dot of the window may be several of the renderer's.
    return layout.picture.place(
      Int(x) * layout.room.width / Int(width), Int(y) * layout.room.height / Int(height))
  }

  /// From now on the mouse can be given away so.
  func sharePointer(_ sharing: SharedPointer) -> [WindowEvent] { carryOut(input.share(sharing)) }

  // MARK: What happens to it

  /// What has happened, after waiting for it for at most `timeout` milliseconds.
  func events(timeout: Int32) -> [WindowEvent] {
    var found: [WindowEvent] = []
    var event = SDL_Event()
    guard sdl.waitEventTimeout(&event, timeout) != 0 else { return found }
    repeat { found += handle(event) } while sdl.pollEvent(&event) != 0
    return found
  }

  private func handle(_ event: SDL_Event) -> [WindowEvent] {
    let kind = SDL_EventType(rawValue: event.type)
    switch kind {
    case SDL_QUIT: return [.close]
    case SDL_KEYDOWN, SDL_KEYUP:
      guard event.key.repeat == 0 else { return [] }
      return take(.key(Int(event.key.keysym.scancode.rawValue), isDown: kind == SDL_KEYDOWN))
    case SDL_MOUSEMOTION:
      let motion = event.motion
      return take(.motion(dx: motion.xrel, dy: motion.yrel, to: place(motion.x, motion.y)))
    case SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP:
      guard let number = Self.button(event.button.button) else { return [] }
      return take(.button(number, isDown: kind == SDL_MOUSEBUTTONDOWN))
    // The host's wheel counts away from the user.
    case SDL_MOUSEWHEEL: return take(.wheel(0 &- event.wheel.y))
    case SDL_WINDOWEVENT:
      switch SDL_WindowEventID(rawValue: UInt32(event.window.event)) {
      case SDL_WINDOWEVENT_EXPOSED, SDL_WINDOWEVENT_SIZE_CHANGED: isStale = true
      // Sent where it was not this program that has done it.
      case SDL_WINDOWEVENT_RESIZED:
        if !isFullScreen { isResized = true }
        return [room]
      case SDL_WINDOWEVENT_FOCUS_LOST: return take(.left)
      default: break
      }
      return []
    default: return []
    }
  }

  private func take(_ new: WindowInput.Input) -> [WindowEvent] { carryOut(input.take(new)) }

  /// Does what concerns the window, and hands on what does not concern it alone.
  private func carryOut(_ events: [WindowEvent]) -> [WindowEvent] {
    events.flatMap { event -> [WindowEvent] in
      switch event {
      case .grab(let isHeld): _ = sdl.setRelativeMouseMode(isHeld ? SDL_TRUE : SDL_FALSE)
      case .hotKey(.fullScreen): toggleFullScreen()
      case .hotKey(.naturalSize): takeNaturalSize()
      case .hotKey(.paste):
        guard let text = sdl.getClipboardText() else { return [] }
        defer { sdl.free(text) }
        return [.paste(String(cString: text))]
      default: break
      }
      return [event]
    }
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
