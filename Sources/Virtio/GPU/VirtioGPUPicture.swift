public import DeviceModel
import GuestMemory

extension VirtioGPU: PictureSource {
  public func makePicture() -> any Picture { VirtioGPUPicture(self) }
}

/// What a GPU shows: the scanout with the cursor over it, black without one. Only rows of changed pages are drawn.
final class VirtioGPUPicture: Picture {
  private(set) var width = 1
  private(set) var height = 1
  private(set) var pixels: [UInt32] = [0]
  private(set) var changedRows = 0..<1
  private let device: VirtioGPU
  private let consumer: DirtyConsumer?
  private var known: Look?

  /// What the picture depends on beside the dots.
  private struct Look: Equatable {
    var scanout: UInt32
    var page: UInt32
    var stride: Int
    var format: GPUFormat?
    var shown: GPURectangle
    var width: Int
    var height: Int
    /// Left and upper edge of the cursor.
    var cursor: [Int]?
  }

  init(_ device: VirtioGPU) {
    self.device = device
    consumer = device.memory?.makeConsumer()
  }

  private var look: Look {
    let state = device.state
    let resource = device.scannedOut
    let cursor =
      state.hasCursor
      ? [Int(state.cursorX) - Int(state.hotX), Int(state.cursorY) - Int(state.hotY)] : nil
    return Look(
      scanout: state.scanout, page: resource?.page ?? 0, stride: Int(resource?.width ?? 0) * 4,
      format: resource?.format, shown: state.shown,
      width: Int(resource == nil ? state.width : state.shown.width),
      height: Int(resource == nil ? state.height : state.shown.height), cursor: resource == nil ? nil : cursor)
  }

  func update(_ now: Int64) -> Bool {
    let look = look
    var old = known
    known = look
    if (look.width, look.height) != (width, height) {
      (width, height) = (look.width, look.height)
      pixels = [UInt32](repeating: 0, count: width * height)
    }
    // Another cursor is another picture where it was and where it is; else the dots alone tell.
    var stale = rows(of: old?.cursor).covering(rows(of: look.cursor))
    if old?.cursor == look.cursor { stale = 0..<0 }
    old?.cursor = look.cursor
    let isNew = old != look
    guard let format = look.format, let memory = device.memory else {
      if isNew { for index in pixels.indices { pixels[index] = 0 } }
      changedRows = isNew ? 0..<height : 0..<0
      return isNew
    }
    changedRows = draw(look, format, memory, isNew ? 0..<height : stale)
    return !changedRows.isEmpty
  }

  /// The rows of the picture that a cursor covers.
  private func rows(of cursor: [Int]?) -> Range<Int> {
    guard let cursor else { return 0..<0 }
    let start = min(max(cursor[1], 0), height)
    return start..<min(max(cursor[1] + GPUMemory.cursorSide, start), height)
  }

  /// Draws `stale` and all rows of changed pages; which rows those are.
  private func draw(_ look: Look, _ format: GPUFormat, _ memory: RAMBlock, _ stale: Range<Int>) -> Range<Int> {
    let base = Int(look.page) << RAMBlock.pageShift + Int(look.shown.y) * look.stride + Int(look.shown.x) * 4
    let bytes = base..<base + (height - 1) * look.stride + width * 4
    var stale = stale
    func note(_ pages: Range<Int>) {
      let start = max(0, pages.lowerBound << RAMBlock.pageShift - base) / look.stride
      let end = (max(0, pages.upperBound << RAMBlock.pageShift - base) + look.stride - 1) / look.stride
      stale = stale.covering(min(start, height)..<min(max(start, end), height))
    }
    let cursorRows = rows(of: look.cursor)
    if let consumer {
      consumer.take(bytes.lowerBound >> RAMBlock.pageShift..<(bytes.upperBound - 1) >> RAMBlock.pageShift + 1, note)
      consumer.take(0..<GPUMemory.cursorPages) { _ in stale = stale.covering(cursorRows) }
    } else {
      stale = 0..<height
    }
    guard !stale.isEmpty else { return stale }
    guard let dots = memory.readable(bytes.lowerBound, count: bytes.count) else {
      // What has not come is looked for again.
      known = nil
      return 0..<0
    }
    pixels.withUnsafeMutableBufferPointer { target in
      for row in stale {
        let source = dots + row * look.stride
        for x in 0..<width {
          target[row * width + x] =
            format.color(source.loadUnaligned(fromByteOffset: x * 4, as: UInt32.self)) & 0xff_ffff
        }
      }
    }
    drawCursor(look, memory, stale)
    return stale
  }

  /// Draws the rows of the cursor that are in `rows`, over what is there.
  private func drawCursor(_ look: Look, _ memory: RAMBlock, _ rows: Range<Int>) {
    let side = GPUMemory.cursorSide
    guard let cursor = look.cursor, let shape = memory.readable(0, count: side * side * 4) else { return }
    for row in self.rows(of: cursor).clamped(to: rows) {
      for column in 0..<side where (0..<width).contains(cursor[0] + column) {
        let at = ((row - cursor[1]) * side + column) * 4
        let dot = shape.loadUnaligned(fromByteOffset: at, as: UInt32.self)
        let index = row * width + cursor[0] + column
        pixels[index] = Self.blend(dot, over: pixels[index])
      }
    }
  }

  /// A dot whose colours were multiplied by its alpha already.
  private static func blend(_ dot: UInt32, over below: UInt32) -> UInt32 {
    let rest = 255 - (dot >> 24)
    var sum: UInt32 = 0
    for shift in [0, 8, 16] as [UInt32] {
      sum |= min(255, (dot >> shift & 0xff) + (below >> shift & 0xff) * rest / 255) << shift
    }
    return sum
  }
}
