public import DeviceModel
import GuestMemory

extension VGAText: PictureSource {
  public func makePicture() -> any Picture { VGATextPicture(self) }
}

/// The screen of a `vga-text`: drawn as a VGA's whose planes have the same characters, eight dots wide, and the font that
/// a VGA begins with.
final class VGATextPicture: Picture {
  private(set) var width = 1
  private(set) var height = 1
  private(set) var pixels: [UInt32] = [0]
  private let device: VGAText
  private let consumer: DirtyConsumer?
  private var planes: [UInt32]
  private var shown: VGALook?
  private var cursor: VGACursor?
  private var view = VGATextView()

  init(_ device: VGAText) {
    self.device = device
    consumer = device.memory?.makeConsumer()
    planes = (0..<0x10000).map { UInt32(VGAFont.planeByte($0)) << 16 }
  }

  /// The VGA that shows the same.
  private var twin: VGA.State {
    var twin = VGA.State()
    twin.attributeIndex = device.state.attributeIndex
    twin.attribute = device.state.attribute
    twin.crtc = device.state.crtc
    twin.dacMask = device.state.dacMask
    twin.palette = device.state.palette
    twin.sequencer[1] = device.state.sequencer[1] | 1
    return twin
  }

  /// Takes over characters and attributes; there are as many as the memory has room for, over and over.
  private func copyCells() {
    guard let cells = device.memory?.readable(0, count: VGAText.memorySize) else { return }
    for place in planes.indices {
      let cell = cells.load(fromByteOffset: place * 2 & (VGAText.memorySize - 2), as: UInt16.self)
      planes[place] = planes[place] & ~0xffff | UInt32(cell)
    }
  }

  var text: [String]? {
    copyCells()
    return planes.withUnsafeBytes { memory in
      memory.baseAddress.map { VGATextView.lines(VGALook(twin), from: $0) }
    }
  }

  func update(_ now: Int64) -> Bool {
    let state = twin
    let look = VGALook(state)
    let cursor = VGACursor(state, device.site.clock.now)
    var isChanged = look != shown || cursor != self.cursor || consumer == nil
    consumer?.take { _ in isChanged = true }
    guard isChanged else { return false }
    if (look.width, look.height) != (width, height) {
      (width, height) = (look.width, look.height)
      pixels = [UInt32](repeating: 0, count: width * height)
    }
    (shown, self.cursor) = (look, cursor)
    copyCells()
    let pages = VGAPages(look.bytes, of: nil, all: true)
    pixels.withUnsafeMutableBufferPointer { dots in
      planes.withUnsafeBytes { memory in
        guard let target = dots.baseAddress, let source = memory.baseAddress else { return }
        if look.kind == .text {
          _ = view.draw(look, cursor, from: source, pages, to: target)
        } else {
          dots.update(repeating: 0)
        }
      }
    }
    return true
  }
}
