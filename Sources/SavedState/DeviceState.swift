/// The part of a device that is saved, loaded and migrated; also any struct nested in one.
///
/// A state is plain bytes: no references, no arrays, nothing to retain. The compiler holds us to that through
/// `BitwiseCopyable`; whatever cannot live here belongs to the host and stays behind when the machine moves.
public protocol DeviceState: BitwiseCopyable, Sendable {
  /// The state after reset. An attribute that a tree lacks takes its value from here.
  init()
  /// What becomes of every stored property.
  static var table: StateTable<Self> { get }
}
