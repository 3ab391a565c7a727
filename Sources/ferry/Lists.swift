import Boards
import DeviceModel

/// Lists for people.
enum Lists {
  static var devices: String {
    Catalogue.models.map { "  \($0.model.name.padding(18))\($0.model.summary)\n" }.sorted().joined()
  }

  /// What `-cpu` takes on `board`.
  static func cpus(of board: BoardDescription) -> String { board.cpuModels.map { "  \($0)\n" }.joined() }
}
