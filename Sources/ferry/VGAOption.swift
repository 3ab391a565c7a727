import Boards
import Host
import PCDevices

/// What `-vga` says.
enum VGAOption: String, CaseIterable {
  /// The board's own.
  case std
  case none

  /// What `text` means.
  static func read(_ text: String) throws(OptionError) -> VGAOption {
    guard let option = VGAOption(rawValue: text) else {
      throw OptionError.unknown("-vga", text, among: allCases.map(\.rawValue))
    }
    return option
  }

  /// `board` with what was asked for.
  func apply(to board: BoardDescription) throws(OptionError) -> BoardDescription {
    let models = [VGA.model.name, VGAText.model.name]
    var board = board
    switch self {
    case .std:
      guard board.devices.contains(where: { models.contains($0.model) }) else {
        throw OptionError("-vga std: \(board.name) has no VGA")
      }
    case .none: board.devices.removeAll { models.contains($0.model) }
    }
    return board
  }
}
