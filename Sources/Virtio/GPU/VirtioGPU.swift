import Bits
public import DeviceModel
import GuestMemory
public import SavedState

/// A virtio GPU without acceleration (Virtual I/O Device 1.2, 5.7): resources, one scanout, a cursor.
public final class VirtioGPU: VirtioDevice {
  public static let model = Model.virtio(
    "virtio-gpu-device", "virtio GPU, 2D",
    regions: [RegionModel("memory", .device, size: UInt64(GPUMemory.size), isMemory: true)],
    parameters: [
      ParameterModel("xres", .integer(64...4095), default: "1280", "dots in a row of the preferred mode"),
      ParameterModel("yres", .integer(64...4095), default: "800", "rows of the preferred mode"),
      ParameterModel("edid", .flag, default: "on", "the driver can ask for the monitor's EDID"),
    ])
  public static let kind = VirtioKind(id: 16, queueSizes: [256, 16])
  /// `VIRTIO_GPU_F_EDID`.
  private static let edidFeature: UInt64 = 1 << 1
  /// Bytes that are moved before the guest has its turn again.
  private static let budget = 64 << 20

  public struct State: VirtioState {
    public var transport = VirtioTransport()
    var queues = InlineArray<2, Virtqueue>(repeating: Virtqueue())
    /// The size of the display that the host would like.
    var width: UInt32 = 1280
    var height: UInt32 = 800
    /// Bit 0: that has changed.
    var events: UInt32 = 0
    /// What the driver has made.
    var resources = FixedQueue<256, GPUResource>(filler: GPUResource())
    /// The resource that is shown; 0 for none. One that is not there shows nothing either.
    var scanout: UInt32 = 0
    /// The part of it that is shown.
    var shown = GPURectangle()
    /// Whether there is a cursor, whose shape is in the device's memory.
    var hasCursor = false
    /// Where its hot spot is on the display, and in its shape.
    var cursorX: UInt32 = 0
    var cursorY: UInt32 = 0
    var hotX: UInt32 = 0
    var hotY: UInt32 = 0

    public init() {}

    public subscript(queue index: Int) -> Virtqueue {
      get { queues[index] }
      set { queues[index] = newValue }
    }

    public static let table = StateTable<State>("virtio-gpu-device") {
      nested(\.transport)
      nested(\.queues)
      saved(\.width, in: 1...GPUResource.sideLimit)
      saved(\.height, in: 1...GPUResource.sideLimit)
      saved(\.events, in: 0...1)
      list(\.resources)
      saved(\.scanout)
      nested(\.shown)
      saved(\.hasCursor)
      saved(\.cursorX)
      saved(\.cursorY)
      saved(\.hotX)
      saved(\.hotY)
    }
  }

  public var state = State()
  public let port: VirtioPort
  /// Nil in a twin, which shows nothing.
  let memory: RAMBlock?

  public init(_ site: Site) {
    port = VirtioPort(site)
    memory = site.blocks["memory"]
    state.transport = port.transport(
      Self.model, Self.kind, features: site.flag("edid", Self.model) ? Self.edidFeature : 0)
    state = afterReset(state)
  }

  public func afterReset(_ state: State) -> State {
    var next = State()
    next.transport = state.transport
    next.width = UInt32(clamping: port.site.integer("xres", Self.model))
    next.height = UInt32(clamping: port.site.integer("yres", Self.model))
    return next
  }

  public var configuration: [UInt8] {
    // Events, what clears them, scanouts, capability sets.
    [state.events, 0, 1, 0].flatMap(Self.bytes)
  }

  public func configurationWritten(_ offset: Int, _ bytes: [UInt8]) {
    guard offset == 4, bytes.count <= 4 else {
      return port.site.guestError("the configuration space cannot be written at \(Site.hex(offset))")
    }
    state.events &= ~UInt32(bytes[0])
  }

  static func bytes(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }

  /// The resource that is shown, if all of the part is in it.
  var scannedOut: GPUResource? {
    guard state.scanout != 0, let resource = resource(state.scanout), resource.contains(state.shown),
      state.shown.width > 0, state.shown.height > 0
    else { return nil }
    return resource
  }

  /// The resource of that number.
  func resource(_ id: UInt32) -> GPUResource? { state.resources.elements.first { $0.id == id } }

  // MARK: Commands

  public func service(_ queue: Int) {
    var left = Self.budget
    drain(queue) { chain throws(VirtioFault) in
      guard left > 0 else {
        postpone(queue)
        return nil
      }
      guard chain.readable.count >= 24 else {
        throw .broken("a command of \(chain.readable.count) bytes")
      }
      let header = chain.readable.bytes(port.memory, count: 24)
      let type = chain.readable.number(port.memory, at: 0, as: UInt32.self)
      left -= 4096
      let (answer, more) = try carryOut(type, chain.readable, queue, &left)
      // A fence is done as soon as its command is: the flag and what belongs to it come back.
      var bytes = Self.bytes(answer.rawValue)
      if header[4] & 1 != 0 {
        bytes += [1, 0, 0, 0] + header[8..<24]
      } else {
        bytes += [UInt8](repeating: 0, count: 20)
      }
      return chain.writable.write(port.memory, bytes + more)
    }
  }

  private func carryOut(
    _ type: UInt32, _ body: GuestBuffers, _ queue: Int, _ left: inout Int
  ) throws(VirtioFault) -> (GPUAnswer, [UInt8]) {
    func word(_ offset: Int) -> UInt32 { body.number(port.memory, at: offset) }
    func rectangle() -> GPURectangle { GPURectangle(x: word(24), y: word(28), width: word(32), height: word(36)) }
    guard let command = GPUCommand(rawValue: type), (queue == 1) == (type >= GPUCommand.updateCursor.rawValue) else {
      port.site.unimplemented("command \(Site.hex(type)) in queue \(queue)")
      return (.unspecified, [])
    }
    switch command {
    case .displayInfo: return (.displayInfo, displayInfo)
    case .create: return (create(word(24), format: word(28), width: word(32), height: word(36)), [])
    case .unreference: return (unreference(word(24)), [])
    case .setScanout: return (setScanout(rectangle(), scanout: word(40), resource: word(44)), [])
    case .flush:
      guard let resource = resource(word(40)) else { return (.noResource, []) }
      // The picture is looked at whenever somebody wants to see it.
      return (resource.contains(rectangle()) ? .done : .badParameter, [])
    case .transfer:
      let offset: UInt64 = body.number(port.memory, at: 40)
      return (try transfer(rectangle(), from: offset, to: word(48), &left), [])
    case .attachBacking: return (try attach(word(24), count: word(28), body), [])
    case .detachBacking: return (detach(word(24)), [])
    case .capabilityInfo, .capability: return (.badParameter, [])
    case .edid:
      guard has(Self.edidFeature) else { return (.unspecified, []) }
      guard word(24) == 0 else { return (.noScanout, []) }
      let block = EDID.block(width: state.width, height: state.height)
      return (.edid, Self.bytes(UInt32(block.count)) + [0, 0, 0, 0] + block + [UInt8](repeating: 0, count: 1024 - 128))
    case .updateCursor: return (try updateCursor(word(24), word(28), word(32), word(40), word(44), word(48)), [])
    case .moveCursor:
      guard word(24) == 0 else { return (.noScanout, []) }
      (state.cursorX, state.cursorY) = (word(28), word(32))
      return (.done, [])
    }
  }

  private var displayInfo: [UInt8] {
    let first = [0, 0, state.width, state.height, 1, 0].flatMap(Self.bytes)
    return first + [UInt8](repeating: 0, count: 15 * first.count)
  }

  private func setScanout(_ rectangle: GPURectangle, scanout: UInt32, resource id: UInt32) -> GPUAnswer {
    guard scanout == 0 else { return .noScanout }
    guard id != 0 else {
      state.scanout = 0
      state.shown = GPURectangle()
      return .done
    }
    guard let resource = resource(id) else { return .noResource }
    guard rectangle.width > 0, rectangle.height > 0, resource.contains(rectangle) else { return .badParameter }
    state.scanout = id
    state.shown = rectangle
    return .done
  }
}

extension VirtioGPU: ResizableDisplay {
  public func resize(width: Int, height: Int) {
    let (width, height) = (min(max(width, 64), 4095), min(max(height, 64), 4095))
    guard width != Int(state.width) || height != Int(state.height) else { return }
    state.width = UInt32(width)
    state.height = UInt32(height)
    state.events = 1
    configurationChanged()
  }
}
