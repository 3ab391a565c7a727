import Boards
import DeviceModel
import SavedState

/// A model described for people.
enum ModelText {
  static func describe(_ type: any Device.Type) -> String {
    let model = type.model
    var text = "\(model.name) (version \(Catalogue.table(of: type).version)): \(model.summary)\n"
    for region in model.regions {
      let base = region.base.map { " at 0x" + String($0, radix: 16) } ?? ""
      text += "  \(region.space.rawValue) \(region.name): \(region.size) bytes\(base), accesses of "
      text += "\(region.widths.lowerBound) to \(region.widths.upperBound) bytes\n"
    }
    if !model.inputs.isEmpty { text += "  inputs: \(model.inputs.joined(separator: " "))\n" }
    if !model.outputs.isEmpty { text += "  outputs: \(model.outputs.joined(separator: " "))\n" }
    if !model.backends.isEmpty { text += "  back ends: \(model.backends.joined(separator: " "))\n" }
    for parameter in model.parameters {
      text += "  parameter \(parameter.name)=\(values(parameter.kind)), default \(parameter.defaultValue): "
      text += "\(parameter.summary)\n"
    }
    if !type.registers.isEmpty {
      text += "  registers:\n"
      var described: [(fields: [RegisterField], name: String)] = []
      for row in type.registers {
        let region = model.regions.indices.contains(row.region) ? model.regions[row.region].name : "\(row.region)"
        text += "    \(region)+0x\(String(row.offset, radix: 16))".padding(22)
        text += "\(row.width) \(access(row.access)) \(row.name)"
        if row.count > 1 { text += "[\(row.count)]" }
        if let reset = row.reset { text += ", reset 0x\(String(reset, radix: 16))" }
        if !row.select.isEmpty { text += ", selected by \(selection(row, model))" }
        text += "\n"
        guard !row.fields.isEmpty else { continue }
        if let same = described.first(where: { $0.fields == row.fields }) {
          text += "".padding(26) + "fields of \(same.name)\n"
        } else {
          described.append((row.fields, row.name))
          text += "".padding(26) + row.fields.map(\.text).joined(separator: " ") + "\n"
        }
      }
    }
    return text + "  state:\n" + Catalogue.table(of: type).schema.split(separator: "\n").map { "    \($0)\n" }.joined()
  }

  private static func selection(_ row: RegisterRow, _ model: Model) -> String {
    row.select.map { write in
      "0x\(String(write.value, radix: 16)) at \(model.regions[write.region].name)+0x\(String(write.offset, radix: 16))"
    }.joined(separator: ", ")
  }

  private static func values(_ kind: ParameterModel.Kind) -> String {
    switch kind {
    case .integer(let range): "\(range.lowerBound)..\(range.upperBound)"
    case .flag: "on|off"
    case .choice(let names): names.joined(separator: "|")
    case .text: "TEXT"
    case .ethernetAddress: "XX:XX:XX:XX:XX:XX"
    }
  }

  private static func access(_ access: RegisterRow.Access) -> String {
    switch access {
    case .readOnly: "ro"
    case .writeOnly: "wo"
    case .readWrite: "rw"
    }
  }
}
