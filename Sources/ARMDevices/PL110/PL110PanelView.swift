import DeviceModel
import GuestMemory

/// One panel's memory, and what of it has been drawn already.
struct PL110PanelView {
  /// Sees the pages that change, while all is in one block.
  private var consumer: DirtyConsumer?
  private var offset = 0
  /// What was last drawn, while it is in pieces.
  private var copy: [UInt8] = []

  /// Draws what has changed, or everything where `fresh`.
  ///
  /// - Returns: the lines that were drawn, from the first to the last.
  mutating func draw(
    _ stretch: PL110Memory.Stretch, _ format: PL110Format, width: Int, fresh: Bool, _ memory: AddressSpace,
    into dots: UnsafeMutableBufferPointer<UInt32>
  ) -> Range<Int> {
    let lines = dots.count / width
    guard let target = dots.baseAddress else { return 0..<0 }
    guard let (block, offset) = PL110Memory.block(memory, stretch) else {
      let had = consumer != nil
      consumer = nil
      return drawPieces(stretch, format, fresh: fresh || had, memory, dots) ? 0..<lines : 0..<0
    }
    copy = []
    guard let source = block.readable(offset, count: stretch.count) else { return 0..<0 }
    let isFresh = fresh || consumer?.block !== block || self.offset != offset
    self.offset = offset
    if consumer?.block !== block {
      consumer = nil
      consumer = block.makeConsumer()
    }
    let pages = offset >> RAMBlock.pageShift..<(offset + stretch.count - 1) >> RAMBlock.pageShift + 1
    // Without a consumer (all are taken) nobody knows what changed.
    guard !isFresh, let consumer else {
      consumer?.take(pages) { _ in }
      format.draw(0..<dots.count, from: source, to: target)
      return 0..<lines
    }
    var drawn = 0..<0
    let lineBits = width * format.bitsPerPixel
    consumer.take(pages) { run in
      let first = max(0, (run.lowerBound << RAMBlock.pageShift) - offset)
      let end = min(stretch.count, (run.upperBound << RAMBlock.pageShift) - offset)
      let changed = min(lines, first * 8 / lineBits)..<min(lines, (end * 8 - 1) / lineBits + 1)
      format.draw(changed.lowerBound * width..<changed.upperBound * width, from: source, to: target)
      drawn = drawn.covering(changed)
    }
    return drawn
  }

  /// Memory in pieces is copied and compared; where there is none the panel is black.
  private mutating func drawPieces(
    _ stretch: PL110Memory.Stretch, _ format: PL110Format, fresh: Bool, _ memory: AddressSpace,
    _ dots: UnsafeMutableBufferPointer<UInt32>
  ) -> Bool {
    let bytes = PL110Memory.isReadable(memory, [stretch]) ? memory.bytes(stretch.address, count: stretch.count) : []
    guard fresh || bytes != copy else { return false }
    copy = bytes
    bytes.withUnsafeBytes { source in
      if let source = source.baseAddress, let target = dots.baseAddress, !bytes.isEmpty {
        format.draw(0..<dots.count, from: source, to: target)
      } else {
        dots.update(repeating: 0)
      }
    }
    return true
  }
}
