import Boards
import DeviceModel

/// Lists for people.
enum Lists {
  static var devices: String {
    Catalogue.models.map { "  \($0.model.name.padding(18))\($0.model.summary)\n" }.sorted().joined()
  }

  static var cpus: String {
    guard let model = Catalogue.model("x86-cpu")?.model,
      case .choice(let names) = model.parameters.first(where: { $0.name == "cpu" })?.kind
    else { return "" }
    return names.map { "  \($0)\n" }.joined()
  }
}
