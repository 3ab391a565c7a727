extension Region {
  /// From now on `body` hears of each access to the region's device before the device does, as wide as it was made;
  /// nil: nobody does, and it costs nothing. Regions of memory are not heard of.
  public func observe(_ body: ((_ offset: UInt64, _ width: Int, _ written: UInt64?) -> Void)?) {
    guard case .device(let target, let index, let widths) = content else { return }
    let listener = target as? BusListener
    guard let body else {
      if let listener { content = .device(listener.target, region: index, widths: listener.widths) }
      return
    }
    content = .device(
      BusListener(listener?.target ?? target, widths: listener?.widths ?? widths, body), region: index, widths: 1...8)
  }
}

/// Stands before a device: takes every width, tells of it, and hands it on as the bus would have.
private final class BusListener: BusTarget {
  let target: any BusTarget
  let widths: ClosedRange<Int>
  private let body: (UInt64, Int, UInt64?) -> Void

  init(_ target: any BusTarget, widths: ClosedRange<Int>, _ body: @escaping (UInt64, Int, UInt64?) -> Void) {
    self.target = target
    self.widths = widths
    self.body = body
  }

  func busRead(_ offset: UInt64, width: Int, region: Int) -> UInt64 {
    body(offset, width, nil)
    return AddressSpace.read(target, offset, width: width, region: region, widths: widths)
  }

  func busWrite(_ value: UInt64, _ offset: UInt64, width: Int, region: Int) {
    body(offset, width, value)
    AddressSpace.write(target, value, offset, width: width, region: region, widths: widths)
  }
}
