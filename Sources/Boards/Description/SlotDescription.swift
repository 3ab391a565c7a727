/// Places of a board's map where `-device` can put something, and where nothing answers otherwise.
public struct SlotDescription: Sendable {
  /// What they are called, with a number from 0 on behind it.
  public let name: String
  /// The model whose devices fit.
  public let model: String
  /// The address of the first one's registers; the others follow each other.
  public let base: UInt64
  /// How many there are.
  public let count: Int
  /// Which inputs the first one's outputs drive, by output; those of the others follow, by their numbers.
  public let wires: [String: WireEnd]
  /// Where the board file names them.
  public let place: Place

  /// What a device in slot `number` is described as.
  func device(_ number: Int) -> DeviceDescription {
    precondition((0..<count).contains(number), "slot \(number) of \(count)")
    let region = Catalogue.model(model)?.model.regions.first
    var wires: [String: [WireEnd]] = [:]
    for (output, first) in self.wires {
      let digits = String(first.input.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
      let input = first.input.dropLast(digits.count) + "\((Int(digits) ?? 0) + number)"
      wires[output] = [WireEnd(device: first.device, input: String(input), place: first.place)]
    }
    return DeviceDescription(
      name: "\(name)\(number)", model: model, version: 1,
      addresses: [region?.name ?? "": (base + UInt64(number) * (region?.size ?? 0), place)], wires: wires, place: place)
  }
}
