import DeviceModel

/// `-device virtconsole` and `-device virtserialport`: ports of a virtio serial device, which are properties of that.
enum SerialPortRequests {
  private static let kinds = ["virtconsole": "console", "virtserialport": "port"]
  private static let parent = "virtio-serial-device"
  private static let limit = 8

  /// `requests` with the ports in those of the devices that they belong to: the one that `bus` names, or the one before
  /// them.
  static func merge(_ requests: [DeviceRequest]) throws(BoardError) -> [DeviceRequest] {
    var merged: [DeviceRequest] = []
    for request in requests {
      guard let kind = kinds[request.model] else {
        merged.append(request)
        continue
      }
      let index = try parent(of: request, among: merged)
      var properties = merged[index].properties
      let number = try number(request, kind, taken: properties)
      properties["kind\(number)"] = kind
      for (key, value) in request.properties {
        switch key {
        case "chardev", "name": properties["\(key)\(number)"] = value
        case "nr", "bus": break
        default:
          let known = ["chardev", "name", "nr", "bus"]
          let near = NearestName.of(key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
          throw BoardError("unknown parameter of \(request.model) \"\(key)\"\(near)")
        }
      }
      merged[index] = DeviceRequest(model: merged[index].model, id: merged[index].id, properties: properties)
    }
    return merged
  }

  private static func parent(of request: DeviceRequest, among others: [DeviceRequest]) throws(BoardError) -> Int {
    let bus = request.properties["bus"].map { $0.prefix { $0 != "." } }
    let found = others.lastIndex { $0.model == parent && (bus == nil || $0.id.map { $0[...] } == bus) }
    guard let found else {
      let which = bus.map { " called \"\($0)\"" } ?? ""
      throw BoardError("\(request.model): there is no \(parent)\(which) before it")
    }
    return found
  }

  /// The port's number: the one that is wanted, or the first that is free; 0 is for consoles.
  private static func number(
    _ request: DeviceRequest, _ kind: String, taken: [String: String]
  ) throws(BoardError) -> Int {
    let first = kind == "console" ? 0 : 1
    guard let wanted = request.properties["nr"] else {
      guard let free = (first..<limit).first(where: { taken["kind\($0)"] == nil }) else {
        throw BoardError("\(request.model): all \(limit) ports are taken")
      }
      return free
    }
    guard let number = Int(wanted), (first..<limit).contains(number), taken["kind\(number)"] == nil else {
      throw BoardError("\(request.model): nr=\(wanted): expected a free port from \(first) to \(limit - 1)")
    }
    return number
  }
}
