import DeviceModel
import GuestMemory
import PCDevices
import Virtio

/// Ways in: a kernel, or firmware.
extension Machine {
  /// What firmware tells an operating system of this machine.
  public var firmwareDescription: FirmwareDescription {
    // What firmware tells of: RAM at 0, up to where a PC's devices are, and RAM at 4 GiB.
    var sizes: [UInt64: UInt64] = [:]
    for part in board.memory.parts(of: UInt64(ram.size)) { sizes[part.window.range.base] = part.size }
    var description = FirmwareDescription(lowRAM: min(sizes[0] ?? 0, 3 << 30), highRAM: sizes[1 << 32] ?? 0)
    description.apicIDs = cpus.map { UInt8(truncatingIfNeeded: $0.index) }
    description.ioapics = placed.filter { $0.type == IOAPIC.self }.map { device in
      FirmwareDescription.InterruptController(
        id: UInt8(clamping: device.integer("id")), address: UInt32(clamping: device.bases[0] ?? 0),
        gsiBase: UInt32(clamping: device.integer("gsi-base")))
    }
    description.serialPorts = placed.filter { $0.type == UART16550.self }.map { device in
      FirmwareDescription.SerialPort(
        port: UInt16(clamping: device.bases[0] ?? 0), irq: UInt8(clamping: interrupt(device, "irq") ?? 0))
    }
    description.hasClock = placed.contains { $0.type == MC146818.self }
    description.hasKeyboardController = placed.contains { $0.type == I8042.self }
    description.hasScreen = placed.contains { $0.type == VGAText.self || $0.type == VGA.self }
    description.frameBuffer = placed.first { $0.type == VGA.self }.flatMap { device in
      guard let base = device.bases.last.flatMap(\.self), base <= UInt64(UInt32.max) else { return nil }
      return FirmwareDescription.FrameBuffer(address: UInt32(base), size: UInt32(VGA.memorySize))
    }
    description.eventDevice = placed.first { $0.type == ACPIEventDevice.self }.map { device in
      FirmwareDescription.EventDevice(
        address: UInt32(clamping: device.bases[0] ?? 0), gsi: UInt32(clamping: interrupt(device, "irq") ?? 9))
    }
    description.powerBlock = placed.first { $0.type == ACPIPowerManagement.self }.map { device in
      FirmwareDescription.PowerBlock(
        port: UInt16(clamping: device.bases[0] ?? 0), sci: UInt8(clamping: interrupt(device, "sci") ?? 9))
    }
    description.transports = placed.compactMap { device in
      guard device.model.slot == VirtioMMIO.model.name, let base = device.bases[0], base <= UInt64(UInt32.max),
        let gsi = globalInterrupt(device, "irq")
      else { return nil }
      return FirmwareDescription.Transport(
        address: UInt32(base), size: UInt32(clamping: device.sizes[0]), gsi: UInt32(gsi))
    }
    return description
  }

  /// The global system interrupt that an output drives: its pin of an IOAPIC.
  private func globalInterrupt(_ device: PlacedDevice, _ output: String) -> Int? {
    for end in device.wires[output] ?? [] {
      guard let target = placed.first(where: { $0.name == end.device }), target.type == IOAPIC.self,
        let pin = target.model.input(end.input)
      else { continue }
      return Int(target.integer("gsi-base")) + pin
    }
    return nil
  }

  /// The line of the 8259 pair that an output drives, which is its GSI too.
  private func interrupt(_ device: PlacedDevice, _ output: String) -> Int? {
    for end in device.wires[output] ?? [] {
      guard let target = placed.first(where: { $0.name == end.device }), target.type == I8259.self else { continue }
      return target.model.input(end.input)
    }
    return nil
  }

  /// Takes a kernel to start at power on.
  ///
  /// - Throws: `BootError` when it is none, or does not fit.
  public func useKernel(_ request: BootRequest) throws(BootError) {
    guard arm.isEmpty else {
      boot = try armKernel(request)
      return
    }
    boot = KernelBoot(plan: try BootImage.plan(request, on: firmwareDescription))
  }

  /// Takes firmware to start at power on, and what it shall find in fw_cfg: `kernel`, fetched by the option ROM
  /// `rom`, and the BIOS of the VGA.
  ///
  /// - Throws: `BootError` when image or kernel is none, or does not fit.
  public func useFirmware(
    name: String, _ bytes: [UInt8], kernel: BootRequest? = nil, rom: [UInt8] = [],
    videoBIOS: (name: String, bytes: [UInt8])? = nil
  ) throws(BootError) {
    guard arm.isEmpty else {
      boot = try armFirmware(name: name, bytes, kernel: kernel)
      return
    }
    let image = try FirmwareImage(name: name, bytes)
    let description = firmwareDescription
    let contents = FwCfgContents()
    SeaBIOSContents.add(description, to: contents)
    if let kernel { try SeaBIOSContents.add(kernel, rom: rom, description, to: contents) }
    if let videoBIOS, first(VGA.self) != nil { contents.addFile("vgaroms/\(videoBIOS.name)", videoBIOS.bytes) }
    first(FwCfg.self)?.offer(contents)
    if let clock = first(MC146818.self) {
      for (index, value) in SeaBIOSContents.cmos(description) { clock.setByte(Int(index), value) }
    }
    do throws(RAMError) {
      let block = try RAMBlock(name: "firmware", size: image.bytes.count, isReadOnly: true)
      block.write(0, count: image.bytes.count) { $0.copyMemory(from: image.bytes, byteCount: image.bytes.count) }
      adopt(block)
      memory.map(
        Region(
          block.name, base: image.base, size: UInt64(block.size), priority: 1, content: .memory(block, offset: 0)))
    } catch {
      throw .unsupported(file: name, reason: error.description)
    }
    boot = FirmwareBoot(image: image)
  }

  /// Takes what `-device loader` asks for, to be put into memory at power on and after every reset; `contents` is its
  /// file, read.
  ///
  /// - Throws: `BootError` when there is no memory where it should go, or no such CPU.
  public func useLoader(_ request: LoaderRequest, contents: BootRequest.File? = nil) throws(BootError) {
    let (placements, entry) = try request.plan(contents)
    for placement in placements where placement.size > 0 && memory(at: placement.range) == nil {
      throw .nowhere(what: placement.name, range: placement.range)
    }
    if let cpu = request.cpu {
      guard cpus.indices.contains(cpu) else {
        throw .unsupported(file: "-device loader", reason: "there is no CPU \(cpu)")
      }
      guard entry <= UInt64(UInt32.max) else {
        throw .unsupported(file: "-device loader", reason: "a CPU cannot begin above 4 GiB")
      }
    }
    loaders.append(LoaderBoot(placements: placements, start: request.cpu.map { ($0, entry) }))
  }
}
