import DeviceAudit
import DeviceModel
import Glibc
import SavedState
import Virtio
import VirtioSample

/// Drives each virtio device, or those named, with hostile queues for so many seconds each. Ends with status 1 when a state
/// cannot be saved and loaded, and with a crash when there is one to be found; the seed in what it prints finds it again.
@main
struct VirtioRunner {
  private let seconds: Double
  private let seed: UInt64

  static func main() {
    var arguments = CommandLine.arguments.dropFirst()
    if arguments == ["list"] {
      for (name, _) in VirtioRunner(seconds: 0, seed: 0).drives { say(name) }
      return
    }
    guard let seconds = arguments.popFirst().flatMap(Double.init), seconds > 0 else {
      say("usage: virtio-runner SECONDS [SEED [DEVICE...]], or virtio-runner list")
      exit(2)
    }
    let runner = VirtioRunner(seconds: seconds, seed: arguments.popFirst().flatMap { UInt64($0) } ?? 1)
    let drives = runner.drives
    if let unknown = arguments.first(where: { name in !drives.contains { $0.name == name } }) {
      say("\(unknown) is not among \(drives.map(\.name).joined(separator: ", "))")
      exit(2)
    }
    do {
      for (name, drive) in drives where arguments.isEmpty || arguments.contains(name) { try drive() }
    } catch {
      say("\(error)")
      exit(1)
    }
  }

  private struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  /// How each kind of device is driven, by its name.
  private var drives: [(name: String, drive: () throws -> Void)] {
    [
      kind(VirtioBlock.self, backends: { ["drive": MemoryDisk(size: 1 << 18)] }, HostileRequests.block),
      kind(VirtioGPU.self, HostileRequests.gpu) { device, random in
        let picture = device.makePicture()
        _ = picture.update(0)
        if random.next() % 8 == 0 { device.resize(width: Int(random.next() % 3000), height: Int(random.next() % 3000)) }
      },
      kind(VirtioSerial.self, backends: { ["chardev0": WireEnd(), "chardev1": WireEnd()] }, HostileRequests.serial),
      kind(VirtioBalloon.self, HostileRequests.balloon) { device, random in
        device.ask(for: Int64(random.next() % (1 << 24)))
      },
      kind(VirtioKeyboard.self, HostileRequests.input) { device, random in
        device.key(UInt16(random.next() % 90), down: random.next() & 1 == 0)
      },
      kind(VirtioTablet.self, HostileRequests.input) { device, random in
        device.point(PointerPlace(x: Int(random.next() % 40000), y: 1), dz: 1, buttons: UInt8(random.next() & 31))
      },
      kind(VirtioMouse.self, HostileRequests.input) { device, random in
        device.move(dx: Int32(truncatingIfNeeded: random.next()), dy: 1, dz: -1, buttons: UInt8(random.next() & 31))
      },
      kind(VirtioRNG.self, HostileRequests.entropy),
      kind(VirtioNet.self, parameters: ["mq": "on"], backends: Self.cable, HostileRequests.net) { device, random in
        _ = device.receive(HostileRequests.netFrame(&random))
        if random.next() % 64 == 0 { device.machineHasMoved() }
      },
    ]
  }

  private static func cable() -> [String: any HostSide] { ["netdev": CableEnd(waits: true)] }

  private func kind<D: VirtioDevice>(
    _: D.Type, parameters: [String: String] = [:], backends: @escaping () -> [String: any HostSide] = { [:] },
    _ request: @escaping (inout SplitMix64) -> [UInt8],
    event: @escaping (D, inout SplitMix64) -> Void = { _, _ in }
  ) -> (name: String, drive: () throws -> Void) {
    (D.model.name, { try drive(D.self, parameters, backends, request, event) })
  }

  private func drive<D: VirtioDevice>(
    _: D.Type, _ parameters: [String: String], _ backends: () -> [String: any HostSide],
    _ request: @escaping (inout SplitMix64) -> [UInt8], _ event: @escaping (D, inout SplitMix64) -> Void
  ) throws {
    let end = Self.now + seconds
    var (round, steps, breaks) = (0, 0, 0)
    while Self.now < end {
      var random = SplitMix64(seed: seed &+ UInt64(round))
      let driver = try VirtioDriver<D>(parameters: parameters.merging(["packed": "on"]) { $1 }, backends: backends())
      let hostile = HostileDriver(driver, request: request, event: event)
      for step in 0..<20_000 where Self.now < end {
        hostile.step(&random)
        steps += 1
        if driver.isBroken { breaks += 1 }
        guard step % 500 == 499 else { continue }
        do { try driver.move(&random) } catch {
          throw Fault(description: "\(D.model.name): seed \(seed &+ UInt64(round)), step \(step): \(error)")
        }
      }
      round += 1
    }
    say(
      "\(D.model.name): \(steps) steps, \(breaks) of them with a broken driver, seeds \(seed) to \(seed &+ UInt64(round))"
    )
  }

  /// One line, at once: what comes next may crash.
  private static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(1, bytes, bytes.count)
  }

  private func say(_ text: String) { Self.say(text) }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
