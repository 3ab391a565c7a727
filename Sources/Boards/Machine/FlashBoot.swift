/// Starts what is in the flash of an ARM board: the CPU is where its reset left it, and the flash answers there.
struct FlashBoot: BootSource {
  func place(in machine: Machine) {}
}
