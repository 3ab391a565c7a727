/// A network's end that knows of the guest what the next one has to know: it goes where the machine goes.
public protocol NetworkMemory: NetworkBackend {
  /// What an end of the same kind needs to go on, at most 64 KiB.
  func saveMemory() -> [UInt8]
  /// Why `memory` cannot be taken over, in words; nil when it can.
  func refusal(of memory: [UInt8]) -> String?
  /// Forgets the guest that was, and goes on from `memory`, which `refusal(of:)` has nothing against; where it is empty,
  /// from nothing.
  func loadMemory(_ memory: [UInt8])
}
