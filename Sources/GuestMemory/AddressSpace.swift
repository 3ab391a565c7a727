/// What a bus master sees: regions by address, and what the bus does where there is none.
///
/// The map is flat: overlaps are resolved when a region is mapped or unmapped, so that an access costs one
/// binary search at most.
public final class AddressSpace {
  /// One stretch of addresses that one region answers.
  public struct Span {
    /// The first address.
    public let base: UInt64
    /// The last address.
    public let last: UInt64
    /// What answers.
    public let region: Region
  }

  /// The name in logs.
  public let name: String
  /// What reads give where nothing answers: all ones on a PC's bus.
  public let openBus: UInt64
  /// Told of accesses that nothing answers, holes and writes to ROM too: address, width in bytes, the value when it is a write.
  public var onUnmapped: ((_ address: UInt64, _ width: Int, _ written: UInt64?) -> Void)?
  /// Told after the map has changed: whoever caches translations forgets them.
  public var onRemap: (() -> Void)?
  /// Every mapped region, in the order in which they were mapped.
  public private(set) var regions: [Region] = []
  /// The resolved map, by address.
  public private(set) var spans: [Span] = []
  private var lastHit = 0

  /// A space with nothing in it; `openBus` is what reads give there.
  public init(name: String, openBus: UInt64 = .max) {
    self.name = name
    self.openBus = openBus
  }

  /// Adds a region to the map.
  public func map(_ region: Region) { map([region]) }

  /// Maps many at once, for one resolution of the map.
  public func map(_ many: [Region]) {
    regions += many
    resolve()
  }

  /// Takes a region off the map; what it hid answers again.
  public func unmap(_ region: Region) {
    regions.removeAll { $0 === region }
    resolve()
  }

  /// Takes everything away, and lets go of what was there.
  public func clear() {
    regions = []
    resolve()
  }

  private func resolve() {
    var edges = Set<UInt64>()
    for region in regions {
      edges.insert(region.base)
      if region.last < .max { edges.insert(region.last + 1) }
    }
    let sorted = edges.sorted()
    spans = []
    for (index, base) in sorted.enumerated() {
      let last = index + 1 < sorted.count ? sorted[index + 1] - 1 : UInt64.max
      // Of equals the later mapped answers.
      let best = regions.enumerated().filter { $0.element.base <= base && last <= $0.element.last }
        .max { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
      guard let region = best?.element else { continue }
      if let previous = spans.last, previous.region === region, previous.last &+ 1 == base {
        spans[spans.count - 1] = Span(base: previous.base, last: last, region: region)
      } else {
        spans.append(Span(base: base, last: last, region: region))
      }
    }
    lastHit = 0
    onRemap?()
  }

  /// The span that answers at `address`.
  public func span(at address: UInt64) -> Span? {
    if lastHit < spans.count, spans[lastHit].base <= address, address <= spans[lastHit].last { return spans[lastHit] }
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].last < address { low = middle + 1 } else { high = middle }
    }
    guard low < spans.count, spans[low].base <= address else { return nil }
    lastHit = low
    return spans[low]
  }

  /// What people call the place where nothing answers: the hole's name, or what lies below and above.
  public func place(of address: UInt64) -> String {
    if let span = span(at: address) { return span.region.name }
    let below = spans.last { $0.last < address }?.region.name
    let above = spans.first { $0.base > address }?.region.name
    return switch (below, above) {
    case (let below?, let above?): "between \(below) and \(above)"
    case (let below?, nil): "above \(below)"
    case (nil, let above?): "below \(above)"
    case (nil, nil): "nothing is mapped"
    }
  }

  /// The RAM or ROM behind the 4 KiB page that holds `address`, when the whole page is one block's: the block
  /// and the page's byte offset in it.
  public func page(at address: UInt64) -> (block: RAMBlock, offset: Int)? {
    let start = address & ~UInt64(RAMBlock.pageSize - 1)
    guard let span = span(at: address), span.base <= start, start + UInt64(RAMBlock.pageSize - 1) <= span.last,
      case .memory(let block, let offset) = span.region.content
    else { return nil }
    let inBlock = offset + Int(start - span.region.base)
    return inBlock & (RAMBlock.pageSize - 1) == 0 ? (block, inBlock) : nil
  }

  /// Reads `width` bytes (1, 2, 4 or 8) at `address`, little endian, splitting where regions meet.
  public func read(_ address: UInt64, width: Int) -> UInt64 {
    guard let span = span(at: address) else {
      guard width == 1 || self.span(at: address &+ UInt64(width - 1)) == nil else { return split(read: address, width) }
      onUnmapped?(address, width, nil)
      return openBus & Self.mask(width)
    }
    guard span.last - address >= UInt64(width - 1) else { return split(read: address, width) }
    let offset = address - span.region.base
    switch span.region.content {
    case .memory(let block, let start):
      let first = start + Int(offset)
      guard block.prepareLoad(first, count: width) else { return 0 }
      let place = block.unguarded + first
      switch width {
      case 1: return UInt64(place.load(as: UInt8.self))
      case 2: return UInt64(place.loadUnaligned(as: UInt16.self))
      case 4: return UInt64(place.loadUnaligned(as: UInt32.self))
      default: return place.loadUnaligned(as: UInt64.self)
      }
    case .device(let target, let index, let widths):
      return Self.read(target, offset, width: width, region: index, widths: widths)
    case .hole:
      onUnmapped?(address, width, nil)
      return openBus & Self.mask(width)
    }
  }

  /// Writes the low `width` bytes (1, 2, 4 or 8) of `value` at `address`, little endian.
  public func write(_ value: UInt64, _ address: UInt64, width: Int) {
    let value = value & Self.mask(width)
    guard let span = span(at: address) else {
      guard width == 1 || self.span(at: address &+ UInt64(width - 1)) == nil else {
        return split(write: value, address, width)
      }
      onUnmapped?(address, width, value)
      return
    }
    guard span.last - address >= UInt64(width - 1) else { return split(write: value, address, width) }
    let offset = address - span.region.base
    switch span.region.content {
    case .memory(let block, let start):
      guard !block.isReadOnly else {
        onUnmapped?(address, width, value)
        return
      }
      let first = start + Int(offset)
      guard block.prepareStore(first, count: width) else { return }
      let place = block.unguarded + first
      switch width {
      case 1: place.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
      case 2: place.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
      case 4: place.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
      default: place.storeBytes(of: value, as: UInt64.self)
      }
      block.changed(offset: first, count: width)
    case .device(let target, let index, let widths):
      Self.write(target, value, offset, width: width, region: index, widths: widths)
    case .hole: onUnmapped?(address, width, value)
    }
  }

  /// A read of any width from a device that takes those of `widths`.
  @inline(__always)
  static func read(
    _ target: any BusTarget, _ offset: UInt64, width: Int, region: Int, widths: ClosedRange<Int>
  ) -> UInt64 {
    if width > widths.upperBound {
      let step = widths.upperBound
      var value: UInt64 = 0
      for part in stride(from: 0, to: width, by: step) {
        let piece = target.busRead(offset + UInt64(part), width: step, region: region) & mask(step)
        value |= piece << UInt64(part * 8)
      }
      return value
    }
    if width < widths.lowerBound {
      let start = offset & ~UInt64(widths.lowerBound - 1)
      let wide = target.busRead(start, width: widths.lowerBound, region: region)
      return (wide >> ((offset - start) * 8)) & mask(width)
    }
    return target.busRead(offset, width: width, region: region) & mask(width)
  }

  /// The same for a write.
  @inline(__always)
  static func write(
    _ target: any BusTarget, _ value: UInt64, _ offset: UInt64, width: Int, region: Int, widths: ClosedRange<Int>
  ) {
    if width > widths.upperBound {
      let step = widths.upperBound
      for part in stride(from: 0, to: width, by: step) {
        let piece = (value >> UInt64(part * 8)) & mask(step)
        target.busWrite(piece, offset + UInt64(part), width: step, region: region)
      }
    } else if width < widths.lowerBound {
      // The device sees the value in its byte lanes and zeros beside it.
      let start = offset & ~UInt64(widths.lowerBound - 1)
      target.busWrite(value << ((offset - start) * 8), start, width: widths.lowerBound, region: region)
    } else {
      target.busWrite(value, offset, width: width, region: region)
    }
  }

  private func split(read address: UInt64, _ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for i in 0..<width { value |= read(address &+ UInt64(i), width: 1) << UInt64(i * 8) }
    return value
  }

  private func split(write value: UInt64, _ address: UInt64, _ width: Int) {
    for i in 0..<width { write(value >> UInt64(i * 8), address &+ UInt64(i), width: 1) }
  }

  @inline(__always)
  static func mask(_ width: Int) -> UInt64 { width >= 8 ? .max : (1 << UInt64(width * 8)) - 1 }
}
