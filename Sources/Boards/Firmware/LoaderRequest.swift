import DeviceModel

/// What `-device loader` asks for: `file=F[,addr=A][,force-raw=on]` or `addr=A,data=V,data-len=N[,data-be=on]`, each
/// with `cpu-num=N` to begin there, which also stands with `addr=A` alone.
public struct LoaderRequest: Sendable {
  /// The file to load, as the user wrote it.
  public let file: String?
  let address: UInt64?
  let data: [UInt8]
  let cpu: Int?
  let isRaw: Bool

  private static let known = ["file", "addr", "force-raw", "data", "data-len", "data-be", "cpu-num"]

  /// - Throws: `BoardError` when the properties do not fit together.
  public init(_ request: DeviceRequest) throws(BoardError) {
    let properties = request.properties
    func refuse(_ reason: String) -> BoardError { BoardError("-device loader: \(reason)") }
    for key in properties.keys.sorted() where !Self.known.contains(key) {
      let near = NearestName.of(key, among: Self.known).map { "; did you mean \"\($0)\"?" } ?? ""
      throw refuse("unknown property \"\(key)\"\(near)")
    }
    func number(_ key: String) throws(BoardError) -> UInt64? {
      guard let text = properties[key] else { return nil }
      guard let value = SizeText.parse(text) else { throw refuse("\(key)=\(text): expected a number") }
      return value
    }
    func flag(_ key: String) throws(BoardError) -> Bool {
      guard let text = properties[key] else { return false }
      guard ["on", "off", "true", "false", "yes", "no"].contains(text) else {
        throw refuse("\(key)=\(text): expected on or off")
      }
      return ["on", "true", "yes"].contains(text)
    }
    file = properties["file"]
    address = try number("addr")
    isRaw = try flag("force-raw")
    let isBigEndian = try flag("data-be")
    cpu = try number("cpu-num").map { Int(clamping: $0) }
    if let value = try number("data") {
      guard file == nil else { throw refuse("file= and data= exclude each other") }
      guard let count = try number("data-len"), (1...8).contains(count) else {
        throw refuse("data= needs data-len=, 1 to 8 bytes")
      }
      guard count == 8 || value >> (count * 8) == 0 else {
        throw refuse("data=\(properties["data"] ?? "") does not fit into \(count) bytes")
      }
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      data = isBigEndian ? bytes.reversed() : bytes
    } else {
      guard properties["data-len"] == nil, properties["data-be"] == nil else { throw refuse("data= is missing") }
      data = []
    }
    guard file != nil || address != nil else { throw refuse("needs file= or addr=") }
    guard file != nil || !data.isEmpty || cpu != nil else { throw refuse("addr= needs data= or cpu-num=") }
  }

  /// What goes where, and where a CPU would begin.
  func plan(_ contents: BootRequest.File?) throws(BootError) -> (
    placements: [Placement], entry: UInt64
  ) {
    guard let contents else {
      let address = address ?? 0
      return (data.isEmpty ? [] : [Placement("loader data", at: address, data)], address)
    }
    guard !contents.bytes.isEmpty else { throw .empty(file: contents.name) }
    guard ELFImage.isOne(contents.bytes), !isRaw else {
      let address = address ?? 0
      let (_, overflow) = address.addingReportingOverflow(UInt64(contents.bytes.count))
      guard !overflow else { throw .nowhere(what: contents.name, range: address..<UInt64.max) }
      return ([Placement(contents.name, at: address, contents.bytes)], address)
    }
    let elf = try ELFImage(contents)
    // Without `addr` an ELF goes where it says; with it, it moves there from its lowest address.
    let loadable = elf.segments.filter { $0.kind == 1 && $0.memorySize > 0 }
    let lowest = loadable.map(\.physical).min() ?? 0
    let distance = address.map { $0 &- lowest } ?? 0
    var placements: [Placement] = []
    for segment in loadable {
      let base = segment.physical &+ distance
      let size = max(segment.memorySize, segment.fileSize)
      let (end, overflow) = base.addingReportingOverflow(size)
      guard !overflow else { throw .nowhere(what: contents.name, range: base..<UInt64.max) }
      let start = Int(segment.offset)
      let bytes = segment.fileSize == 0 ? [] : Array(elf.bytes[start..<start + Int(segment.fileSize)])
      placements.append(Placement(contents.name, at: base, bytes, size: end - base))
    }
    return (placements, elf.physicalEntry &+ distance)
  }
}
