import Testing

/// Debian's own kernels, from power on to the digest of a file and out again.
@Suite(.serialized, .enabled(if: Guests.areThere, "FERRY_GUESTS or a release build is missing"))
struct DebianTests {
  /// One way to boot.
  struct Boot: CustomTestStringConvertible, Sendable {
    var name: String
    var kernel = "i386"
    var options: [String] = ["-m", "256"]
    var words = ""
    var expected: [String] = ["IO-APIC", "Local timer interrupts"]
    var testDescription: String { name }
  }

  static let boots = [
    Boot(name: "i386"),
    Boot(name: "i386 with PAE", kernel: "i386-pae"),
    Boot(name: "two CPUs", options: ["-m", "256", "-smp", "2"], expected: ["IO-APIC", "CPU1"]),
    Boot(
      name: "two CPUs at once", options: ["-m", "256", "-smp", "2", "-accel", "jit,thread=multi"],
      expected: ["IO-APIC", "CPU1"]),
    Boot(
      name: "four CPUs with PAE at once", kernel: "i386-pae",
      options: ["-m", "256", "-smp", "4", "-accel", "jit,thread=multi"], expected: ["IO-APIC", "CPU3"]),
    Boot(name: "3 GiB", options: ["-m", "3G"]),
    Boot(name: "noapic", words: "noapic", expected: ["XT-PIC"]),
    Boot(name: "acpi=off", words: "acpi=off"),
    Boot(name: "SeaBIOS", options: ["-m", "256", "-bios", "/usr/share/seabios/bios-microvm.bin"]),
    Boot(name: "text screen", words: "console=ttyS0", expected: ["Console: colour VGA+ 80x25"]),
    Boot(name: "frame buffer", words: "vga=0x317 run=cat~/proc/fb", expected: frameBuffer),
    Boot(
      name: "frame buffer of SeaBIOS", options: ["-m", "256", "-bios", "/usr/share/seabios/bios-microvm.bin"],
      words: "vga=0x317 run=cat~/proc/fb", expected: frameBuffer),
  ]

  /// What Linux says of VBE mode 0x117.
  private static let frameBuffer = [
    "vesafb: mode is 1024x768x16, linelength=2048", "Truecolor: size=0:5:6:5, shift=0:11:5:0",
    "framebuffer at 0xe0000000", "Console: switching to colour frame buffer device 128x48", "0 VESA VGA",
  ]

  static func arguments(_ boot: Boot) -> [String] {
    let words =
      "console=ttyS0 panic=-1 reboot=t \(boot.words) run=cat~/proc/interrupts run=sha256sum~/bin/busybox run=reboot~-f"
    return ["run", "-nographic"] + boot.options + [
      "-kernel", Guests.path("\(boot.kernel)/vmlinuz"), "-initrd", Guests.path("\(boot.kernel)/initrd.gz"), "-append",
      words, "-no-reboot",
    ]
  }

  @Test(arguments: boots) func `Debian boots, counts interrupts, digests a file and reboots`(_ boot: Boot) throws {
    let result = try Guests.run(Guests.ferry, Self.arguments(boot), seconds: 180)
    #expect(result.status == 0)
    #expect(result.output.contains("BOOT-OK i686"))
    for text in boot.expected { #expect(result.output.contains(text), "\(boot.name): no \(text)") }
    let digest = try Guests.busyboxDigest(initrd: Guests.path("\(boot.kernel)/initrd.gz"))
    #expect(digest.count == 64)
    #expect(result.output.contains("\(digest)  /bin/busybox"))
  }

  @Test func `counting time in instructions, two runs print the same`() throws {
    let boot = Boot(name: "instructions", options: ["-m", "256", "-clock", "instructions"])
    let outputs = try (0..<2).map { _ in try Guests.run(Guests.ferry, Self.arguments(boot), seconds: 180) }
    #expect(outputs[0].output.contains("BOOT-OK"))
    #expect(outputs[0].output == outputs[1].output)
  }
}
