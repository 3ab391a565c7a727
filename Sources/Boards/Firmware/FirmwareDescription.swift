/// What firmware has to know of a machine, and tells its guests: memory, CPUs, chips and where they are.
public struct FirmwareDescription: Sendable {
  public struct InterruptController: Sendable {
    public var id: UInt8
    public var address: UInt32
    public var gsiBase: UInt32

    public init(id: UInt8, address: UInt32, gsiBase: UInt32) {
      self.id = id
      self.address = address
      self.gsiBase = gsiBase
    }
  }

  public struct SerialPort: Sendable {
    public var port: UInt16
    public var irq: UInt8

    public init(port: UInt16, irq: UInt8) {
      self.port = port
      self.irq = irq
    }
  }

  /// A populated virtio-mmio transport.
  public struct Transport: Sendable {
    public var address: UInt32
    public var size: UInt32
    public var gsi: UInt32

    public init(address: UInt32, size: UInt32 = 512, gsi: UInt32) {
      self.address = address
      self.size = size
      self.gsi = gsi
    }
  }

  /// The ACPI fixed hardware block (model `acpi-pm`).
  public struct PowerBlock: Sendable {
    public var port: UInt16
    /// The system control interrupt, 3 to 15.
    public var sci: UInt8

    public init(port: UInt16, sci: UInt8) {
      self.port = port
      self.sci = sci
    }
  }

  /// The generic event device (model `acpi-ged`).
  public struct EventDevice: Sendable {
    public var address: UInt32
    public var gsi: UInt32

    public init(address: UInt32, gsi: UInt32) {
      self.address = address
      self.gsi = gsi
    }
  }

  /// The frame buffer of a card with VBE modes (model `vga`).
  public struct FrameBuffer: Sendable {
    public var address: UInt32
    /// Bytes.
    public var size: UInt32

    public init(address: UInt32, size: UInt32) {
      self.address = address
      self.size = size
    }
  }

  /// Bytes of RAM from address 0 on, at most 3 GiB.
  public var lowRAM: UInt64
  /// Bytes of RAM from 4 GiB on.
  public var highRAM: UInt64
  /// The APIC ID of each CPU, the bootstrap processor first.
  public var apicIDs: [UInt8] = [0]
  public var localAPIC: UInt32 = 0xfee0_0000
  public var ioapics: [InterruptController] = []
  public var serialPorts: [SerialPort] = []
  public var transports: [Transport] = []
  public var hasClock = true
  public var hasKeyboardController = true
  public var hasScreen = true
  /// Nil where the screen has text alone.
  public var frameBuffer: FrameBuffer?
  public var powerBlock: PowerBlock?
  public var eventDevice: EventDevice?
  /// CPUID leaf 1's EAX and EDX, for the MP table.
  public var cpuSignature: UInt32 = 0x600
  public var cpuFeatures: UInt32 = 0x201
  /// Whether the CPU can run 64-bit code: a kernel for x86-64 is refused otherwise.
  public var hasLongMode = false

  public init(lowRAM: UInt64, highRAM: UInt64 = 0) {
    self.lowRAM = lowRAM
    self.highRAM = highRAM
  }
}
