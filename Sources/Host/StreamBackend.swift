public import DeviceModel
import Glibc

/// A character back end over descriptors: buffers both ways, reads only what the device has room for.
public class StreamBackend: CharacterBackend {
  /// How many bytes are read ahead of the device.
  static let inputRoom = 1024
  /// Beyond this an end that must not lose bytes asks the guest to pause.
  static let highWater = 1 << 18
  /// Beyond this an end that may lose bytes drops them.
  static let dropAbove = 1 << 16

  /// What it is for, in messages.
  public let name: String
  public var onInput: (() -> Void)?
  public var onBreak: (() -> Void)?
  let poller: Poller
  /// A terminal or a file keeps every byte; a socket that nobody reads drops them.
  let isLossless: Bool
  private(set) var input = ByteQueue()
  private(set) var output = ByteQueue()
  private var reader: Watch?
  private var writer: Watch?
  private var isPaused = false

  init(name: String, poller: Poller, isLossless: Bool) {
    self.name = name
    self.poller = poller
    self.isLossless = isLossless
    poller.attach(self)
  }

  deinit { disconnect() }

  /// Whether somebody or something is at the other end.
  public var isConnected: Bool { writer != nil }
  public var hasInput: Bool { !input.isEmpty }
  var hasOutput: Bool { !output.isEmpty && writer != nil }
  var isCongested: Bool { isLossless && output.count > Self.highWater }

  public func read() -> UInt8? { input.popFirst() }

  public func putBack(_ bytes: [UInt8]) {
    let rest = input.withBytes { Array($0) }
    input.removeAll()
    input.append(contentsOf: bytes + rest)
  }

  public func write(_ byte: UInt8) {
    guard writer != nil, isLossless || output.count < Self.dropAbove else { return }
    output.append(byte)
  }

  /// Writes `text` of our own to the other end.
  public func write(text: String) {
    for byte in text.utf8 { write(byte) }
  }

  /// Takes descriptors to read from and to write to (the same one, or -1 for none).
  func connect(reading: Int32, writing: Int32) {
    disconnect()
    if reading >= 0 {
      reader = poller.watch(reading, .read) { [unowned self] _ in readAvailable(reading) }
    }
    if writing >= 0 {
      writer = poller.watch(writing, []) { [unowned self] _ in flush() }
    }
  }

  func disconnect() {
    if let reader { poller.remove(reader) }
    if let writer { poller.remove(writer) }
    reader = nil
    writer = nil
    output.removeAll()
  }

  /// The other end has closed its output, or is gone; subclasses that can, start again.
  func ended(error: Int32) {
    if let reader { poller.remove(reader) }
    reader = nil
  }

  /// What came in; subclasses look at it first.
  func received(_ bytes: ArraySlice<UInt8>) { accept(bytes) }

  final func accept(_ bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty else { return }
    input.append(contentsOf: bytes)
    onInput?()
  }

  func pauseInput() { isPaused = true }

  /// Whether what comes next has a place to go.
  var takesInput: Bool { input.count < Self.inputRoom }

  /// Before the poller waits: sends what there is, and asks for input only when there is room.
  func update() {
    if !output.isEmpty { flush() }
    writer?.wants = output.isEmpty ? [] : .write
    reader?.wants = isPaused || !takesInput ? [] : .read
    if hasInput { onInput?() }
  }

  private func flush() {
    guard let writer else { return }
    while !output.isEmpty {
      let sent = output.withBytes { Glibc.write(writer.descriptor, $0.baseAddress, min($0.count, 4096)) }
      if sent > 0 {
        output.removeFirst(sent)
      } else if sent < 0, errno == EINTR {
        continue
      } else if sent < 0, errno == EAGAIN {
        return
      } else {
        let error = errno
        output.removeAll()
        ended(error: error)
        return
      }
    }
  }

  private func readAvailable(_ descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: Self.inputRoom)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    if count > 0 {
      received(bytes[..<count])
    } else if count == 0 {
      ended(error: 0)
    } else if errno != EAGAIN && errno != EINTR {
      ended(error: errno)
    }
  }
}
