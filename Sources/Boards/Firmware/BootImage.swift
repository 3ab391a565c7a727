/// Recognises what a kernel file is and plans its start.
public enum BootImage {
  /// Places everything for `request` on `machine`: data areas and tables of the firmware, kernel, modules.
  ///
  /// A multiboot header counts before a PVH note, and that before the refusal of any other ELF.
  ///
  /// - Throws: `BootError`; nothing has been changed then.
  public static func plan(_ request: BootRequest, on machine: FirmwareDescription) throws(BootError) -> BootPlan {
    precondition(machine.lowRAM >= 0x100000, "a machine needs 1 MiB of RAM to start a kernel")
    var plan = try kernelPlan(request, machine)
    plan.placements = LegacyFirmware.placements(machine) + plan.placements
    return plan
  }

  private static func kernelPlan(_ request: BootRequest, _ machine: FirmwareDescription) throws(BootError) -> BootPlan {
    let file = request.kernel
    guard !file.bytes.isEmpty else { throw .empty(file: file.name) }
    if let tree = request.deviceTree {
      throw .unsupported(file: tree.name, reason: "a kernel for x86 takes no device tree")
    }
    guard KernelKind(file.bytes)?.isARM != true else {
      throw .wrongArchitecture(file: file.name, kernel: "ARM", cpu: "x86")
    }
    if LinuxImage.isOne(file.bytes) { return try LinuxImage(file).plan(request, machine) }
    if let kernel = try MultibootImage(file) { return try kernel.plan(request, machine) }
    guard ELFImage.isOne(file.bytes) else { throw .unknownFormat(file: file.name) }
    let elf = try ELFImage(file)
    if let kernel = try PVHImage(elf) { return try kernel.plan(request, machine) }
    throw .unsupported(
      file: file.name,
      reason: "an ELF executable for \(elf.machine == .i386 ? "i386" : "x86-64") with neither a PVH note nor a "
        + "multiboot header: nothing says how to start it")
  }
}
