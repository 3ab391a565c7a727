/// The audio end of a machine without sound: takes what is played and records silence.
public final class NullAudio: AudioBackend {
  /// Frames that were played.
  public private(set) var played: UInt64 = 0

  /// One that has played nothing.
  public init() {}

  public func play(_ frame: AudioFrame, rate: Int) { played &+= 1 }

  public func record(rate: Int) -> AudioFrame { AudioFrame() }
}
