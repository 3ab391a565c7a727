public import DeviceModel
import GuestMemory

extension VGA: PictureSource {
  public func makePicture() -> any Picture { VGAPicture(self) }
}

/// What a VGA shows. Only what has changed is drawn: characters, or lines of changed pages.
final class VGAPicture: Picture {
  private(set) var width = 1
  private(set) var height = 1
  private(set) var pixels: [UInt32] = [0]
  private(set) var changedRows = 0..<1
  private let device: VGA
  private let consumer: DirtyConsumer?
  private var shown: VGALook?
  /// The registers that it was made of.
  private var known = VGA.State()
  private var characters = VGATextView()
  private var graphics = VGAGraphicsView()

  init(_ device: VGA) {
    self.device = device
    consumer = device.memory?.makeConsumer()
  }

  var text: [String]? {
    let look = VGALook(device.state)
    let bytes = look.bytes
    guard case .text = look.kind, !bytes.isEmpty,
      let memory = device.memory?.readable(bytes.lowerBound, count: bytes.count)
    else { return nil }
    return VGATextView.lines(look, from: memory)
  }

  /// Made anew where a register has changed, as a palette of 256 colours is too much for every look.
  private func currentLook() -> VGALook {
    let isKnown = withUnsafeBytes(of: device.state) { new in
      withUnsafeBytes(of: known) { old in new.elementsEqual(old) }
    }
    if isKnown, let shown { return shown }
    known = device.state
    return VGALook(known)
  }

  func update(_ now: Int64) -> Bool {
    let look = currentLook()
    let isNew = look != shown
    shown = look
    if (look.width, look.height) != (width, height) {
      (width, height) = (look.width, look.height)
      pixels = [UInt32](repeating: 0, count: width * height)
    }
    let pages = VGAPages(look.bytes, of: consumer, all: isNew)
    let cursor = VGACursor(device.state, device.site.clock.now)
    var changed = 0..<0
    pixels.withUnsafeMutableBufferPointer { dots in
      guard let target = dots.baseAddress else { return }
      let bytes = look.bytes
      guard !bytes.isEmpty, let memory = device.memory?.readable(bytes.lowerBound, count: bytes.count) else {
        if isNew { dots.update(repeating: 0) }
        // Memory that has not come is looked for again.
        if !bytes.isEmpty { shown = nil }
        return
      }
      switch look.kind {
      case .text: changed = characters.draw(look, cursor, from: memory, pages, to: target)
      case .linear(let base, let pitch, let depth):
        changed = VGALinearView(look, base: base, pitch: pitch, depth: depth).draw(from: memory, pages, to: target)
      default: changed = graphics.draw(look, from: memory, pages, to: target)
      }
    }
    changedRows = isNew ? 0..<height : changed
    return !changedRows.isEmpty
  }
}
