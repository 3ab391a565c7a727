public import DeviceModel
import GuestMemory

extension PL110: PictureSource {
  public func makePicture() -> any Picture { PL110Picture(self) }

  /// Everything but memory that decides about the picture.
  func look() -> PL110Look {
    let control = PL110Control(bits: state.control)
    let timing = PL110Timing(state)
    let isSet = state.timing0 != 0 || state.timing1 != 0
    // Nobody may have looked at the registers since the frame began that is now on the screen.
    let isNewer =
      control.isEnabled && !isHalted && site.clock.now >= state.frameStart
      && site.clock.now &- state.frameStart >= timing.frame
    let panels =
      isNewer
      ? panels(upper: state.upperBase, lower: state.lowerBase)
      : panels(upper: state.upperFrame, lower: state.lowerFrame)
    return PL110Look(
      width: isSet ? timing.width : 640, lines: isSet ? timing.lines : 480, panels: panels,
      isLit: isSet && control.isEnabled && control.isPowered && !isHalted,
      control: control.bits & PL110Control.formatMask, wiring: state.wiring, palette: state.palette)
  }
}

/// Everything but memory that decides about the picture.
struct PL110Look: Equatable {
  let width: Int
  /// Lines of one panel.
  let lines: Int
  let panels: [PL110Memory.Stretch]
  /// The panel shows something; else it is black.
  let isLit: Bool
  let control: UInt32
  let wiring: PL110.Wiring
  let palette: InlineArray<128, UInt32>

  static func == (a: Self, b: Self) -> Bool {
    guard a.width == b.width, a.lines == b.lines, a.panels == b.panels, a.isLit == b.isLit, a.control == b.control,
      a.wiring == b.wiring
    else { return false }
    return a.palette.indices.allSatisfy { a.palette[$0] == b.palette[$0] }
  }
}

/// What a PL110 shows. While the frame buffer lies in one RAM block only lines of changed pages are drawn.
final class PL110Picture: Picture {
  private(set) var width = 640
  private(set) var height = 480
  private(set) var pixels = [UInt32](repeating: 0, count: 640 * 480)
  private(set) var changedRows = 0..<0
  private let device: PL110
  private var shown: PL110Look?
  private var format: PL110Format?
  private var views = [PL110PanelView(), PL110PanelView()]

  init(_ device: PL110) { self.device = device }

  func update(_ now: Int64) -> Bool {
    let look = device.look()
    let isNew = look != shown
    if isNew {
      shown = look
      (width, height) = (look.width, look.lines * look.panels.count)
      pixels = [UInt32](repeating: 0, count: width * height)
      format = look.isLit ? PL110Format(PL110Control(bits: look.control), look.wiring, look.palette) : nil
    }
    changedRows = isNew ? 0..<height : 0..<0
    guard let format else { return isNew }
    for (number, stretch) in look.panels.enumerated() {
      let count = look.width * look.lines
      let lines = pixels.withUnsafeMutableBufferPointer { dots in
        views[number].draw(
          stretch, format, width: look.width, fresh: isNew, device.site.memory,
          into: UnsafeMutableBufferPointer(rebasing: dots[number * count..<(number + 1) * count]))
      }
      let first = number * look.lines
      changedRows = changedRows.covering(first + lines.lowerBound..<first + lines.upperBound)
    }
    return isNew || !changedRows.isEmpty
  }
}
