/// What a user gave to start: files with their names for messages.
public struct BootRequest: Sendable {
  /// A file that has been read.
  public struct File: Sendable {
    /// As the user wrote it.
    public var name: String
    /// All of the file.
    public var bytes: [UInt8]
    /// For a multiboot module: what follows the name.
    public var arguments: String

    /// A file called `name`, with the text that follows its name on the command line.
    public init(name: String, bytes: [UInt8], arguments: String = "") {
      self.name = name
      self.bytes = bytes
      self.arguments = arguments
    }
  }

  /// The kernel's image.
  public var kernel: File
  /// The initial RAM disk, or the modules of a multiboot kernel.
  public var modules: [File]
  /// The text of `-append`.
  public var commandLine: String
  /// The device tree to hand over in place of the board's own.
  public var deviceTree: File?

  /// A request for `kernel` with the initrd or modules it is given.
  public init(kernel: File, modules: [File] = [], commandLine: String = "", deviceTree: File? = nil) {
    self.kernel = kernel
    self.modules = modules
    self.commandLine = commandLine
    self.deviceTree = deviceTree
  }

  /// Splits "FILE ARGS,FILE2 …", the way in which modules are named; two commas stand for one that belongs to a
  /// name or an argument.
  public static func splitModules(_ text: String) -> [(file: String, arguments: String)] {
    var parts: [String] = [""]
    var rest = text[...]
    while let character = rest.popFirst() {
      if character != "," {
        parts[parts.count - 1].append(character)
      } else if rest.first == "," {
        rest.removeFirst()
        parts[parts.count - 1].append(",")
      } else {
        parts.append("")
      }
    }
    return parts.filter { !$0.isEmpty }.map { part in
      let words = part.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(words[0]), words.count > 1 ? String(words[1]) : "")
    }
  }
}
