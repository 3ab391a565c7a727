import Boards
import Host

/// The files that a machine starts from, read.
struct BootFiles {
  private let bios: (name: String, bytes: [UInt8])?
  private let kernel: BootRequest?
  private let rom: [UInt8]
  private let videoBIOS: (name: String, bytes: [UInt8])?
  private var loaders: [(request: LoaderRequest, contents: BootRequest.File?)] = []

  init(_ options: RunOptions, _ board: BoardDescription, _ folders: DataFolders) throws {
    for request in options.loaders {
      let loader = try LoaderRequest(request)
      let contents = try loader.file.map { BootRequest.File(name: $0, bytes: try HostFile.read($0, what: "file")) }
      loaders.append((loader, contents))
    }
    if let name = options.bios {
      let path = HostFile.exists(name) ? name : folders.find("roms/" + name) ?? name
      bios = (path, try HostFile.read(path, what: "firmware", limit: 16 << 20))
      videoBIOS = try Self.videoBIOS(beside: path, folders)
    } else {
      bios = nil
      videoBIOS = nil
    }
    var path = options.kernel
    if path == nil, bios == nil, loaders.isEmpty, !options.isUnderTest {
      guard let guest = board.guest else {
        throw OptionError("\(board.name) has no built-in guest: -kernel FILE or -bios FILE")
      }
      path = try Self.rom(guest, "the built-in guest", folders)
    }
    if let path {
      var modules: [BootRequest.File] = []
      for (file, arguments) in BootRequest.splitModules(options.initrd ?? "") {
        modules.append(
          BootRequest.File(name: file, bytes: try HostFile.read(file, what: "initrd"), arguments: arguments))
      }
      let image = BootRequest.File(name: path, bytes: try HostFile.read(path, what: "kernel"))
      let tree = try options.dtb.map { file in
        BootRequest.File(name: file, bytes: try HostFile.read(file, what: "device tree", limit: 2 << 20))
      }
      kernel = BootRequest(
        kernel: image, modules: modules, commandLine: options.append ?? "", deviceTree: tree)
    } else {
      guard options.append == nil else { throw OptionError("-append needs -kernel") }
      guard options.dtb == nil else { throw OptionError("-dtb needs -kernel") }
      kernel = nil
    }
    if bios != nil, kernel != nil, let name = board.optionROM {
      rom = try HostFile.read(try Self.rom(name, "the option ROM", folders), what: "option ROM", limit: 1 << 20)
    } else {
      rom = []
    }
  }

  /// The BIOS of the VGA: one of the user's own in `-L DIR/roms`, or what SeaBIOS brings along, beside `firmware` or
  /// where Debian has it. Nil where there is none: the screen stays as it is then.
  private static func videoBIOS(
    beside firmware: String, _ folders: DataFolders
  ) throws(HostError) -> (name: String, bytes: [UInt8])? {
    let name = "vgabios-stdvga.bin"
    let folder = firmware.lastIndex(of: "/").map { String(firmware[...$0]) } ?? ""
    let places = [folders.find("roms/" + name), folder + name, "/usr/share/seabios/" + name].compactMap(\.self)
    guard let path = places.first(where: HostFile.exists) else { return nil }
    return (name, try HostFile.read(path, what: "VGA BIOS", limit: 1 << 20))
  }

  /// Where the image `name` below `roms/` is.
  private static func rom(_ name: String, _ what: String, _ folders: DataFolders) throws(HostError) -> String {
    guard let path = folders.find("roms/" + name) else {
      throw HostError("\(what) roms/\(name) is in none of \(folders.folders.joined(separator: ", "))")
    }
    return path
  }

  func install(in machine: Machine) throws {
    do throws(BootError) {
      if let bios {
        try machine.useFirmware(name: bios.name, bios.bytes, kernel: kernel, rom: rom, videoBIOS: videoBIOS)
      } else if let kernel {
        try machine.useKernel(kernel)
      }
      for loader in loaders { try machine.useLoader(loader.request, contents: loader.contents) }
    } catch {
      throw HostError("\(error)")
    }
  }
}
