/// A loudspeaker and a microphone. The device gives and takes frames at the sample rate on the virtual clock; an end
/// that follows real time evens out what the two clocks differ in.
public protocol AudioBackend: AnyObject, HostSide {
  /// Plays a frame at `rate` frames a second, 4000 to 48000. Never blocks.
  func play(_ frame: AudioFrame, rate: Int)
  /// The next recorded frame at `rate` frames a second; silence where there is none.
  func record(rate: Int) -> AudioFrame
}
