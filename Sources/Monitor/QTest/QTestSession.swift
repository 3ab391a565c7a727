public import Host

/// The conversation with the client of the test protocol. There is one client at a time; others are sent away.
public final class QTestSession: ControlSession {
  private let test: QTest?
  /// How much of the input has been looked through for the end of a line.
  private var scanned = 0

  /// The conversation over `channel`.
  public init(_ test: QTest, _ channel: ControlChannel) {
    guard !test.isOpen else {
      self.test = nil
      channel.send("FAIL Another client is connected\n".utf8)
      channel.closeWhenSent()
      return
    }
    self.test = test
    channel.inputRoom = QTest.lineLimit
    test.send = { [unowned channel] in channel.send($0.utf8) }
    test.begin()
  }

  public func step(_ channel: ControlChannel) -> Bool {
    guard let test else { return false }
    if test.isBusy {
      test.proceed()
      return true
    }
    let (line, looked) = channel.input.withBytes { bytes -> ([UInt8]?, Int) in
      let rest = UnsafeRawBufferPointer(rebasing: bytes[scanned...])
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return (nil, bytes.count) }
      return (Array(bytes[..<(scanned + end)]), 0)
    }
    scanned = looked
    guard let line else { return false }
    channel.input.removeFirst(line.count + 1)
    test.execute(line[...])
    return true
  }

  public func ended() { test?.end() }
}
