/// A register as GDB knows it.
struct GDBRegister {
  /// GDB's name.
  let name: String
  /// Its width, a multiple of 8.
  let bits: Int
  /// GDB's type for it.
  let type: String
  /// Where `info registers GROUP` lists it; nil leaves that to its type.
  var group: String?
  /// Its number, where that is not the next one.
  var number: Int?
  /// The CPU's registers it is made of, low part first.
  let sources: [String]
  /// Whether it holds the program counter: on x86 the linear address, so that what GDB compares with the addresses of
  /// breakpoints and symbols is right in segments with a base, too.
  var isProgramCounter = false

  init(
    _ name: String, bits: Int = 32, type: String = "int32", group: String? = nil, number: Int? = nil,
    sources: [String]? = nil, isProgramCounter: Bool = false
  ) {
    self.name = name
    self.bits = bits
    self.type = type
    self.group = group
    self.number = number
    self.sources = sources ?? [name]
    self.isProgramCounter = isProgramCounter
  }

  /// Its line of a target description.
  var xml: String {
    var text = "  <reg name=\"\(name)\" bitsize=\"\(bits)\" type=\"\(type)\""
    if let number { text += " regnum=\"\(number)\"" }
    if let group { text += " group=\"\(group)\"" }
    return text + "/>\n"
  }
}
