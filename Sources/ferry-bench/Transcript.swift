import DeviceModel

/// A serial line's end that keeps what was printed.
final class Transcript: CharacterBackend {
  private(set) var bytes: [UInt8] = []
  private var mark: [UInt8] = []
  private var whenMarked: (() -> Void)?
  var onInput: (() -> Void)?
  var onBreak: (() -> Void)?
  var hasInput: Bool { false }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Calls `action` once `mark` has been printed.
  func onMark(_ mark: String, _ action: @escaping () -> Void) {
    self.mark = Array(mark.utf8)
    whenMarked = action
  }

  func write(_ byte: UInt8) {
    bytes.append(byte)
    guard let last = mark.last, byte == last, bytes.suffix(mark.count).elementsEqual(mark) else { return }
    whenMarked?()
    whenMarked = nil
  }

  func read() -> UInt8? { nil }
}
