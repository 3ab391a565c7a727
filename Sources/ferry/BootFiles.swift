import Boards
import Host

/// The files that a machine starts from, read.
struct BootFiles {
  private let bios: (name: String, bytes: [UInt8])?
  private let kernel: BootRequest?
  private let rom: [UInt8]

  init(_ options: RunOptions, _ folders: DataFolders) throws {
    if let name = options.bios {
      let path = HostFile.exists(name) ? name : folders.find("roms/" + name) ?? name
      bios = (path, try HostFile.read(path, what: "firmware", limit: 16 << 20))
    } else {
      bios = nil
    }
    var path = options.kernel
    if path == nil, bios == nil {
      guard let demo = folders.find("roms/demo/demo.elf") else {
        throw HostError(
          "the built-in guest roms/demo/demo.elf is in none of \(folders.folders.joined(separator: ", "))")
      }
      path = demo
    }
    if let path {
      var modules: [BootRequest.File] = []
      for (file, arguments) in BootRequest.splitModules(options.initrd ?? "") {
        modules.append(
          BootRequest.File(name: file, bytes: try HostFile.read(file, what: "initrd"), arguments: arguments))
      }
      let image = BootRequest.File(name: path, bytes: try HostFile.read(path, what: "kernel"))
      kernel = BootRequest(kernel: image, modules: modules, commandLine: options.append ?? "")
    } else {
      guard options.append == nil else { throw OptionError("-append needs -kernel") }
      kernel = nil
    }
    if bios != nil, kernel != nil {
      guard let place = folders.find("roms/optionrom/linuxboot.bin") else {
        throw HostError("roms/optionrom/linuxboot.bin is in none of \(folders.folders.joined(separator: ", "))")
      }
      rom = try HostFile.read(place, what: "option ROM", limit: 1 << 20)
    } else {
      rom = []
    }
  }

  func install(in machine: Machine) throws {
    do throws(BootError) {
      if let bios {
        try machine.useFirmware(name: bios.name, bios.bytes, kernel: kernel, rom: rom)
      } else if let kernel {
        try machine.useKernel(kernel)
      }
    } catch {
      throw HostError("\(error)")
    }
  }
}
