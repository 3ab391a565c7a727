import ArgumentParser
import Boards
import DeviceModel
import Host

/// `ferry devices [MODEL]`.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the device models, or describe one.")

  @Argument(help: "A model.")
  var model: String?

  func run() throws {
    guard let model else {
      print(Lists.devices, terminator: "")
      return
    }
    guard let type = Catalogue.model(model) else {
      throw OptionError.unknown("device model", model, among: Catalogue.names)
    }
    print(ModelText.describe(type), terminator: "")
  }
}
