import GuestMemory

/// Starts firmware at the reset vector: the CPU is where its reset left it.
struct FirmwareBoot: BootSource {
  let image: FirmwareImage

  func place(in machine: Machine) { machine.memory.store(image.shadow.bytes, at: image.shadow.address) }
}
