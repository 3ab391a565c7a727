import ARM
import ARMDevices
public import DeviceModel
import PCDevices
import Virtio
import X86

/// Every kind of device that boards can have.
public enum Catalogue {
  /// The models, by the order of their modules' catalogues.
  public static var models: [any Device.Type] { pcDevices + armDevices + virtioDevices + [ARMCPU.self, X86CPU.self] }

  /// The model called `name`.
  public static func model(_ name: String) -> (any Device.Type)? { models.first { $0.model.name == name } }

  /// All names, for messages and lists.
  public static var names: [String] { models.map { $0.model.name } }

  /// The model called `name`.
  ///
  /// - Throws: `BoardError` when there is none.
  static func wanted(_ name: String) throws(BoardError) -> any Device.Type {
    guard let type = model(name) else { throw BoardError(unknown(name)) }
    return type
  }

  /// "unknown device model …", with the nearest name.
  static func unknown(_ name: String) -> String {
    let near = NearestName.of(name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    return "unknown device model \"\(name)\"\(near)"
  }
}
