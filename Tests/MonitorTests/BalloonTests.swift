import DeviceModel
import Testing
import Virtio

@testable import Boards
@testable import Monitor

/// The commands of the memory balloon.
struct BalloonTests {
  @Test func `without a balloon there is nothing to be asked for`() throws {
    let peer = try QMPRig(.microvm).client()
    #expect(
      try peer.refusal(#"{"execute": "query-balloon"}"#) == "DeviceNotActive: No balloon device has been activated")
  }

  @Test func `a balloon is told how much shall be left, and says how much is`() throws {
    let rig = try HumanRig(.microvm) { $0.devices = [DeviceRequest(model: "virtio-balloon-device")] }
    #expect(rig("info balloon") == "balloon: actual=16\n")
    #expect(rig("balloon 12") == "")
    let balloon = try #require(rig.machine.device("virtio0", as: VirtioBalloon.self))
    #expect(balloon.configuration.prefix(4) == [0, 4, 0, 0])
  }
}
