import Bits
import GuestMemory

/// Resources and what backs them (Virtual I/O Device 1.2, 5.7.6.8).
extension VirtioGPU {
  private func change(_ id: UInt32, _ body: (inout GPUResource) -> Void) {
    let all = state.resources.elements
    state.resources.removeAll()
    for var resource in all {
      if resource.id == id { body(&resource) }
      state.resources.append(resource)
    }
  }

  func create(_ id: UInt32, format: UInt32, width: UInt32, height: UInt32) -> GPUAnswer {
    guard id != 0, resource(id) == nil else { return .noResource }
    guard let format = GPUFormat(rawValue: format), (1...GPUResource.sideLimit).contains(width),
      (1...GPUResource.sideLimit).contains(height)
    else { return .badParameter }
    var resource = GPUResource()
    (resource.id, resource.width, resource.height, resource.format) = (id, width, height, format)
    let pages = GPUMemory.pages(resource.size)
    guard !state.resources.isFull, let page = GPUMemory.place(pages, among: state.resources.elements) else {
      return .outOfMemory
    }
    resource.page = UInt32(page)
    // Nobody sees what was there before. What is zero already stays the host's.
    clear(page..<page + pages)
    state.resources.append(resource)
    return .done
  }

  private func clear(_ pages: Range<Int>) {
    guard let memory else { return }
    let end = pages.upperBound << RAMBlock.pageShift
    var at = pages.lowerBound << RAMBlock.pageShift
    while at < end {
      let run = memory.backed(from: at)
      guard !run.isEmpty, run.lowerBound < end else { return }
      let count = min(end, run.upperBound) - run.lowerBound
      memory.write(run.lowerBound, count: count) { $0.initializeMemory(as: UInt8.self, repeating: 0, count: count) }
      at = run.lowerBound + count
    }
  }

  func unreference(_ id: UInt32) -> GPUAnswer {
    guard resource(id) != nil else { return .noResource }
    let rest = state.resources.elements.filter { $0.id != id }
    state.resources.removeAll()
    for resource in rest { state.resources.append(resource) }
    if state.scanout == id {
      state.scanout = 0
      state.shown = GPURectangle()
    }
    return .done
  }

  func detach(_ id: UInt32) -> GPUAnswer {
    guard resource(id) != nil else { return .noResource }
    change(id) { ($0.backingPage, $0.backingCount) = (0, 0) }
    return .done
  }

  /// Backs a resource by `count` pieces of guest memory, which `body` lists behind the command: an address, a length and
  /// four bytes of nothing each.
  func attach(_ id: UInt32, count: UInt32, _ body: GuestBuffers) throws(VirtioFault) -> GPUAnswer {
    guard let resource = resource(id) else { return .noResource }
    guard resource.backingCount == 0, count > 0, count <= GPUMemory.backingLimit,
      body.count >= 32 + 16 * Int(count)
    else { return .badParameter }
    let size = 16 * Int(count)
    guard let page = GPUMemory.place(GPUMemory.pages(size), among: state.resources.elements) else {
      return .outOfMemory
    }
    let bytes = body.bytes(port.memory, at: 32, count: size)
    let isMemory = bytes.withUnsafeBytes { raw in
      (0..<Int(count)).allSatisfy { index in
        port.memory.isMemory(
          raw.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self),
          count: Int(raw.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt32.self)), writing: false)
      }
    }
    guard isMemory else { return .badParameter }
    if let memory {
      let isThere = memory.write(page << RAMBlock.pageShift, count: size) { target in
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: target, count: size).copyMemory(from: $0) }
      }
      guard isThere else { throw .awaited }
    }
    change(id) { ($0.backingPage, $0.backingCount) = (UInt32(page), count) }
    return .done
  }

  /// The pieces of guest memory behind a resource. Nothing of them is sure: the list may have come with a snapshot.
  private func backing(_ resource: GPUResource) throws(VirtioFault) -> [GuestBuffers.Piece] {
    let count = Int(resource.backingCount)
    guard let memory, count > 0 else { return [] }
    guard let list = memory.readable(Int(resource.backingPage) << RAMBlock.pageShift, count: count * 16) else {
      throw .awaited
    }
    return (0..<count).map { index in
      GuestBuffers.Piece(
        address: list.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self),
        count: Int(list.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt32.self)))
    }
  }

  /// Copies a part of a resource from its backing, in which it begins at `offset` and has the resource's rows.
  func transfer(
    _ rectangle: GPURectangle, from offset: UInt64, to id: UInt32, _ left: inout Int
  ) throws(VirtioFault) -> GPUAnswer {
    guard let resource = resource(id) else { return .noResource }
    guard resource.backingCount > 0 else { return .unspecified }
    guard resource.contains(rectangle) else { return .badParameter }
    guard rectangle.width > 0, rectangle.height > 0 else { return .done }
    let pieces = try backing(resource)
    let stride = Int(resource.width) * 4
    let count = Int(rectangle.width) * 4
    guard offset <= UInt64(pieces.reduce(0) { $0 + $1.count }) else { return .badParameter }
    let first = Int(resource.page) << RAMBlock.pageShift + Int(rectangle.y) * stride + Int(rectangle.x) * 4
    var copies: [(source: UInt64, target: Int, count: Int)] = []
    var (index, before) = (0, 0)
    for row in 0..<Int(rectangle.height) {
      var at = Int(offset) + row * stride
      let end = at + count
      var target = first + row * stride
      while at < end {
        while index < pieces.count, before + pieces[index].count <= at {
          before += pieces[index].count
          index += 1
        }
        guard index < pieces.count else { return .badParameter }
        let part = min(end, before + pieces[index].count) - at
        copies.append((pieces[index].address &+ UInt64(at - before), target, part))
        at += part
        target += part
      }
    }
    guard let memory else { return .done }
    for copy in copies {
      guard port.memory.isMemory(copy.source, count: copy.count, writing: false) else { return .badParameter }
      guard port.memory.bringIn(copy.source, count: copy.count) else { throw .awaited }
      guard memory.prepareStore(copy.target, count: copy.count) else { throw .awaited }
    }
    for copy in copies {
      memory.write(copy.target, count: copy.count) {
        port.memory.copyOut(copy.source, into: UnsafeMutableRawBufferPointer(start: $0, count: copy.count))
      }
      left -= copy.count
    }
    return .done
  }

  // MARK: The cursor

  /// Takes the shape of the cursor from a resource as it is now, or takes the cursor away.
  func updateCursor(
    _ scanout: UInt32, _ x: UInt32, _ y: UInt32, _ id: UInt32, _ hotX: UInt32, _ hotY: UInt32
  ) throws(VirtioFault) -> GPUAnswer {
    guard scanout == 0 else { return .noScanout }
    if id != 0 {
      guard let resource = resource(id) else { return .noResource }
      let side = GPUMemory.cursorSide
      guard resource.width == side, resource.height == side else { return .badParameter }
      if let memory {
        let count = side * side * 4
        guard let dots = memory.readable(Int(resource.page) << RAMBlock.pageShift, count: count) else {
          throw .awaited
        }
        let isThere = memory.write(0, count: count) { target in
          for at in Swift.stride(from: 0, to: count, by: 4) {
            let color = resource.format.color(dots.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            target.storeBytes(of: color, toByteOffset: at, as: UInt32.self)
          }
        }
        guard isThere else { throw .awaited }
      }
    }
    state.hasCursor = id != 0
    (state.cursorX, state.cursorY, state.hotX, state.hotY) = (x, y, hotX, hotY)
    return .done
  }
}
