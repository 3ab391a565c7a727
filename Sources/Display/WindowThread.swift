import CSDL2
import DeviceModel
import Dispatch
import Foundation
import Synchronization

/// A window with a thread of its own, so that a machine never waits for a screen: it leaves there what has changed, and
/// fetches what has happened.
public final class WindowThread: Sendable {
  /// The picture, and the rows of it that the window has not got yet.
  private struct Canvas {
    var pixels: [UInt32] = []
    var size: (width: Int, height: Int) = (0, 0)
    var rows = 0..<0
  }

  /// All else that one thread has for the other; nobody keeps it for long.
  private struct Notes {
    var title: String?
    var panel: [String]?
    var sharing = SharedPointer.none
    var setsSize = false
    var isClosing = false
    var events: [WindowEvent] = []
    /// Why there is no window.
    var failure: DisplayError?
  }

  private let canvas = Mutex(Canvas())
  private let notes = Mutex(Notes())
  /// The window's thread knows that there is something for it.
  private let isWoken = Atomic<Bool>(false)
  private let frame = Atomic<Int64>(0)
  /// Nothing more comes for the window.
  private let isAlone = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  /// Tells whoever fetches them that there are events.
  private let notify: @Sendable () -> Void

  /// Opens a window. `notify` is called on its thread when something has happened.
  ///
  /// - Throws: `DisplayError` when the host has no display.
  public init(_ options: WindowOptions, notify: @escaping @Sendable () -> Void) throws(DisplayError) {
    self.notify = notify
    let isOpen = DispatchSemaphore(value: 0)
    let thread = Thread { [self] in run(options, isOpen) }
    thread.name = "window"
    thread.start()
    isOpen.wait()
    if let failure = notes.withLock({ $0.failure }) { throw failure }
  }

  // MARK: The machine's thread

  /// How long the screen shows a picture, in nanoseconds.
  public var frameTime: Int64 { frame.load(ordering: .relaxed) }

  /// Leaves the rows of a picture that have changed, 0x00RRGGBB.
  ///
  /// - Returns: whether it was taken; else the window is busy, and nobody waits for it.
  public func show(_ pixels: [UInt32], width: Int, height: Int, rows: Range<Int>) -> Bool {
    precondition(pixels.count == width * height && rows.lowerBound >= 0 && rows.upperBound <= height)
    let isTaken: Void? = canvas.withLockIfAvailable { canvas in
      var rows = rows
      if canvas.size != (width, height) {
        canvas.pixels = [UInt32](repeating: 0, count: width * height)
        canvas.size = (width, height)
        canvas.rows = 0..<0
        rows = 0..<height
      }
      let part = rows.lowerBound * width..<rows.upperBound * width
      canvas.pixels.withUnsafeMutableBufferPointer { target in
        pixels.withUnsafeBufferPointer { source in
          guard let to = target.baseAddress, let from = source.baseAddress else { return }
          (to + part.lowerBound).update(from: from + part.lowerBound, count: part.count)
        }
      }
      canvas.rows = canvas.rows.covering(rows)
    }
    guard isTaken != nil else { return false }
    wake()
    return true
  }

  /// Shows `title` in the window's frame.
  public func setTitle(_ title: String) { change { $0.title = title } }

  /// Shows lines of text over the picture; none takes them away.
  public func setPanel(_ lines: [String]) { change { $0.panel = lines } }

  /// How the guest can have the mouse.
  public func sharePointer(_ sharing: SharedPointer) { change { $0.sharing = sharing } }

  /// Whether the picture follows the window's size, and not the other way round.
  public func setSize(_ isSet: Bool) { change { $0.setsSize = isSet } }

  /// What has happened since the last call, in order.
  public func takeEvents() -> [WindowEvent] {
    notes.withLock { notes in
      defer { notes.events = [] }
      return notes.events
    }
  }

  /// Closes the window, and waits until it is gone.
  public func close() {
    change { $0.isClosing = true }
    isAlone.signal()
    hasEnded.wait()
  }

  private func change(_ body: (inout sending Notes) -> Void) {
    notes.withLock { body(&$0) }
    wake()
  }

  private func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing), let sdl = try? SDL.host.get() else { return }
    var event = SDL_Event()
    event.type = SDL_USEREVENT.rawValue
    _ = sdl.pushEvent(&event)
  }

  // MARK: The window's thread

  private func run(_ options: WindowOptions, _ isOpen: DispatchSemaphore) {
    defer { hasEnded.signal() }
    // Signals are the machine's business.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let window: Window
    do throws(DisplayError) {
      window = try Window(options)
      frame.store(window.frameTime, ordering: .relaxed)
      isOpen.signal()
    } catch {
      notes.withLock { $0.failure = error }
      isOpen.signal()
      return
    }
    while let changes = update(window) {
      if window.isStale { window.present() }
      let events = changes + window.events(timeout: changes.isEmpty ? 1000 : 0)
      guard !events.isEmpty else { continue }
      notes.withLock { $0.events += events }
      notify()
    }
    // What wakes SDL is an event that goes to the window through the X server, which takes it for a program's error when
    // there is no such window any more.
    isAlone.wait()
    for _ in 0..<3 { _ = window.events(timeout: 10) }
  }

  /// Takes over what has changed, and says what comes of it; nil when the window is to be closed.
  private func update(_ window: Window) -> [WindowEvent]? {
    isWoken.store(false, ordering: .sequentiallyConsistent)
    frame.store(window.frameTime, ordering: .relaxed)
    window.setsSize = notes.withLock { $0.setsSize }
    canvas.withLock { canvas in
      guard !canvas.rows.isEmpty else { return }
      window.update(canvas.pixels, width: canvas.size.width, height: canvas.size.height, rows: canvas.rows)
      canvas.rows = 0..<0
    }
    let (title, panel, sharing, isClosing) = notes.withLock { notes in
      defer { (notes.title, notes.panel) = (nil, nil) }
      return (notes.title, notes.panel, notes.sharing, notes.isClosing)
    }
    if let title { window.setTitle(title) }
    if let panel { window.setPanel(panel) }
    return isClosing ? nil : window.sharePointer(sharing)
  }
}
