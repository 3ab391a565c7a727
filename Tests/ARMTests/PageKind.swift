/// The ways in which a page can be described (DDI 0100 B4.7).
enum PageKind: String, CaseIterable, Sendable {
  case section, largeCoarse, smallCoarse, largeFine, smallFine, tiny

  /// Bytes that one descriptor maps.
  var size: UInt32 {
    switch self {
    case .section: 1 << 20
    case .largeCoarse, .largeFine: 64 << 10
    case .smallCoarse, .smallFine: 4 << 10
    case .tiny: 1 << 10
    }
  }

  /// Added to a fault's status.
  var statusOfPage: UInt32 { self == .section ? 0 : 2 }
}
