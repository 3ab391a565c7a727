/// Where what is written to a disk goes.
public enum DiskOverlay: Sendable {
  /// Into its image.
  case none
  /// Over its image, and it is gone with the process.
  case temporary
  /// Over its image, into a file of its own.
  case named
}
