// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Built images of guest programs; the rest of roms/ is their sources, which are not ours to compile.
let images = [
  "demo/demo.elf", "demo/demo-arm.bin", "optionrom/linuxboot.bin", "compute/compute-i386.cpio",
  "compute/compute-arm.cpio",
]
let guestSources = (FileManager.default.subpaths(atPath: Context.packageDirectory + "/roms") ?? [])
  .filter { path in !images.contains { $0 == path || $0.hasPrefix(path + "/") } }
  .map { "Data/roms/" + $0 }

/// Every module: Swift 6 mode, warnings are errors, imports stay internal unless said otherwise.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// Modules whose code runs per guest instruction: optimised in debug builds too, and without dynamic
/// exclusivity checks, which cost more than everything else there.
let engine: [SwiftSetting] =
  house + [
    .unsafeFlags(["-enforce-exclusivity=unchecked"]),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
  ]

/// The program needs no Swift on the machine where it runs, and starts in a third of the time. SwiftPM's own option for
/// that names Foundation's parts by itself.
let standalone: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-static-stdlib", "-lCoreFoundation", "-l_FoundationCShims", "-l_FoundationCollections",
      "-l_FoundationICU",
    ], .when(configuration: .release))
]

let package = Package(
  name: "ferry",
  products: [
    .executable(name: "ferry", targets: ["ferry"]),
    .executable(name: "ferry-bench", targets: ["ferry-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .target(name: "Bits", swiftSettings: engine),
    .target(
      name: "SavedState",
      dependencies: ["Bits"],
      swiftSettings: engine),
    .target(name: "GuestMemory", dependencies: ["Bits"], swiftSettings: engine),
    .target(name: "DeviceModel", dependencies: ["Bits", "SavedState", "GuestMemory"], swiftSettings: engine),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "Snapshots", dependencies: ["SavedState", "GuestMemory", "CZstd"], exclude: ["Format.md"],
      swiftSettings: engine),
    .target(name: "Emit", swiftSettings: engine),
    .target(name: "Engine", dependencies: ["Bits", "GuestMemory", "DeviceModel", "Emit"], swiftSettings: engine),
    .target(name: "SoftFloat", swiftSettings: engine),
    .target(
      name: "X86", dependencies: ["Bits", "SavedState", "GuestMemory", "DeviceModel", "Engine", "SoftFloat", "Emit"],
      swiftSettings: engine),
    .target(
      name: "ARM", dependencies: ["Bits", "SavedState", "GuestMemory", "DeviceModel", "Engine", "SoftFloat", "Emit"],
      swiftSettings: engine),
    .target(name: "Peripherals", dependencies: ["Bits", "SavedState", "DeviceModel"], swiftSettings: house),
    .target(
      name: "PCDevices", dependencies: ["Bits", "SavedState", "GuestMemory", "DeviceModel", "Peripherals"],
      swiftSettings: engine),
    .target(
      name: "ARMDevices", dependencies: ["Bits", "SavedState", "GuestMemory", "DeviceModel", "Peripherals"],
      swiftSettings: engine),
    .target(
      name: "Virtio", dependencies: ["Bits", "SavedState", "GuestMemory", "DeviceModel", "Peripherals"],
      swiftSettings: engine),
    .target(
      name: "Boards",
      dependencies: [
        "Bits", "SavedState", "GuestMemory", "DeviceModel", "Engine", "X86", "ARM", "Peripherals", "PCDevices",
        "ARMDevices", "Virtio", "Snapshots",
        .product(name: "Yams", package: "Yams"), .product(name: "Logging", package: "swift-log"),
      ],
      exclude: guestSources, sources: ["Description", "Firmware", "Log", "Machine", "Snapshot"],
      // Data holds links to machines/ and roms/, which are the originals.
      resources: [.process("Data/machines")] + images.map { .copy("Data/roms/" + $0) },
      swiftSettings: house),
    .systemLibrary(name: "CSlirp", providers: [.apt(["libslirp-dev"])]),
    .target(
      name: "Host",
      dependencies: ["DeviceModel", "Snapshots", "CSlirp", .product(name: "Logging", package: "swift-log")],
      exclude: ["Video.md"],
      swiftSettings: house),
    // Moves machines, so it knows boards, and waits for peers as the machine's thread does, so it knows the host.
    .target(
      name: "Migration",
      dependencies: ["Bits", "DeviceModel", "SavedState", "GuestMemory", "Snapshots", "Boards", "Host"],
      exclude: ["Protocol.md"], swiftSettings: engine),
    .target(
      name: "Monitor",
      dependencies: [
        "Boards", "Host", "DeviceModel", "Engine", "SavedState", "GuestMemory", "Snapshots", "Migration",
      ],
      swiftSettings: house),
    .systemLibrary(name: "CSDL2", providers: [.apt(["libsdl2-dev"])]),
    .target(name: "Display", dependencies: ["DeviceModel", "CSDL2"], swiftSettings: house),
    .executableTarget(
      name: "ferry",
      dependencies: [
        "ARMDevices", "Boards", "Host", "Monitor", "Display", "DeviceModel", "Engine", "GuestMemory", "PCDevices",
        "Peripherals", "Virtio",
        "SavedState", "Snapshots", "Migration",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house, linkerSettings: standalone),
    .executableTarget(
      name: "ferry-bench", dependencies: ["ARM", "Boards", "Host", "DeviceModel", "Engine", "X86"], swiftSettings: house
    ),

    // What tests of several modules share.
    .target(
      name: "DeviceAudit", dependencies: ["SavedState", "GuestMemory", "DeviceModel"],
      path: "Tests/DeviceAudit", swiftSettings: house),
    .target(
      name: "SnapshotSample", dependencies: ["Snapshots", "SavedState"], path: "Tests/SnapshotSample",
      swiftSettings: engine),
    .target(
      name: "MachineSample", dependencies: ["Boards", "DeviceModel", "GuestMemory", "X86"], path: "Tests/MachineSample",
      swiftSettings: house),
    .target(
      name: "MigrationSample",
      dependencies: [
        "MachineSample", "Migration", "Boards", "Host", "DeviceModel", "GuestMemory", "SavedState", "Snapshots",
      ],
      path: "Tests/MigrationSample", swiftSettings: house),
    .executableTarget(
      name: "snapshot-runner",
      dependencies: [
        "SnapshotSample", "MigrationSample", "Migration", "Snapshots", "SavedState", "Boards", "DeviceModel",
      ],
      path: "Tests/SnapshotRunner", swiftSettings: house),
    .testTarget(name: "EmitTests", dependencies: ["Emit"], exclude: ["Golden"], swiftSettings: house),
    .testTarget(name: "BitsTests", dependencies: ["Bits"], swiftSettings: house),
    .testTarget(
      name: "SavedStateTests",
      dependencies: [
        "SavedState", "Bits", "DeviceModel", "GuestMemory", "DeviceAudit",
        .product(name: "SwiftASN1", package: "swift-asn1"),
      ],
      swiftSettings: house),
    .testTarget(name: "GuestMemoryTests", dependencies: ["GuestMemory"], swiftSettings: house),
    .testTarget(
      name: "SnapshotsTests",
      dependencies: ["Snapshots", "SavedState", "GuestMemory", "SnapshotSample", "snapshot-runner"],
      exclude: ["snapshot.py"], swiftSettings: house),
    .testTarget(name: "DeviceModelTests", dependencies: ["DeviceModel", "DeviceAudit"], swiftSettings: house),
    .testTarget(
      name: "X86Tests", dependencies: ["X86", "Engine", "Emit", "DeviceAudit"],
      exclude: ["Generators", "Golden", "Schemas"],
      resources: [.copy("Vectors")], swiftSettings: engine),
    .testTarget(
      name: "PCDevicesTests", dependencies: ["PCDevices", "DeviceAudit"], exclude: ["Schemas"], swiftSettings: house),
    .testTarget(
      name: "ARMTests", dependencies: ["ARM", "Emit", "DeviceAudit"], exclude: ["Generators", "Golden", "Schemas"],
      resources: [.copy("Vectors")], swiftSettings: engine),
    .testTarget(
      name: "PeripheralsTests", dependencies: ["Peripherals", "DeviceAudit"], exclude: ["Schemas"], swiftSettings: house
    ),
    .testTarget(
      name: "ARMDevicesTests", dependencies: ["ARMDevices", "DeviceAudit"], exclude: ["Schemas"], swiftSettings: house),
    .target(
      name: "VirtioSample", dependencies: ["Virtio", "DeviceAudit", "DeviceModel", "GuestMemory", "SavedState"],
      path: "Tests/VirtioSample", swiftSettings: house),
    .executableTarget(
      name: "virtio-runner",
      dependencies: ["VirtioSample", "Virtio", "DeviceAudit", "DeviceModel", "SavedState"],
      path: "Tests/VirtioRunner", swiftSettings: house),
    .testTarget(
      name: "VirtioTests", dependencies: ["Virtio", "DeviceAudit", "VirtioSample"], exclude: ["Schemas"],
      swiftSettings: house),
    .testTarget(
      name: "BoardsTests",
      dependencies: [
        "Boards", "Engine", "DeviceAudit", "Snapshots", "SnapshotSample", "MachineSample", "Virtio",
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Golden"], swiftSettings: house),
    .testTarget(
      name: "GuestTests", dependencies: ["SavedState"],
      exclude: [
        "fetch", "fetch-tools", "integratorcp_defconfig", "integratorcp-panel.dts", "migration.py", "moments.py",
        "qmp_client.py",
        "qmp_flood.py",
        "machine.py", "person.py", "pictures.py", "pictures.txt", "window.py",
      ],
      swiftSettings: house),
    .testTarget(name: "DisplayTests", dependencies: ["Display", "Peripherals"], swiftSettings: house),
    .testTarget(
      name: "HostTests", dependencies: ["Host", "DeviceModel"], exclude: ["Certificates"], swiftSettings: house),
    .testTarget(
      name: "MigrationTests",
      dependencies: [
        "MigrationSample", "MachineSample", "Migration", "Boards", "Host", "DeviceModel", "GuestMemory", "SavedState",
        "Snapshots",
      ],
      exclude: ["Golden"],
      swiftSettings: house),
    .testTarget(
      name: "MonitorTests",
      dependencies: [
        "Monitor", "Boards", "Host", "DeviceModel", "Engine", "GuestMemory", "SavedState", "Snapshots", "Migration",
        "PCDevices", "Virtio",
      ],
      swiftSettings: house),
    .testTarget(
      name: "CommandLineTests", dependencies: ["ferry", "Boards", "DeviceModel", "Host", "Snapshots"],
      swiftSettings: house),
    .testTarget(name: "RomsTests", swiftSettings: house),
  ],
  swiftLanguageModes: [.v6]
)
