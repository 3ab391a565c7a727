import DeviceModel
import Host
import Testing
import Virtio

@testable import Boards
@testable import Monitor

/// What the monitor does with networks.
struct NetworkCommandTests {
  private func rig() throws -> HumanRig {
    let poller = Poller()
    let networks = try Networks(poller: poller, [try NetdevOption("socket,id=n,listen=127.0.0.1:0")], dumps: [])
    let rig = try HumanRig(.microvm) { setup in
      setup.devices = [DeviceRequest(model: "virtio-net-device", id: "card", properties: ["netdev": "n"])]
      setup.backends["n"] = networks["n"]
    }
    rig.networks = networks
    return rig
  }

  @Test func `a cable is pulled by its name or the device's, and info network tells`() throws {
    let rig = try rig()
    let card = try #require(rig.machine.device("card", as: VirtioNet.self))
    #expect(rig("info network").hasPrefix("card: virtio-net-device, n\nn: socket,listen=tcp:127.0.0.1:0, link down"))
    let end = try #require(rig.networks["n"])
    #expect(rig("set_link n off") == "" && !end.isPlugged)
    #expect(rig("set_link card on") == "" && end.isPlugged)
    #expect(rig("set_link nobody on").contains("Device 'nobody' not found"))
    #expect(card.configuration[6] & 1 == 0, "nobody is at the other end")
  }

  @Test func `ports are forwarded by user networks alone, and rules that are none are refused`() throws {
    let rig = try rig()
    #expect(rig("hostfwd_add tcp::0-:80").contains("there is no user network"))
    #expect(rig("hostfwd_add n tcp::1234-:80").contains("netdev n is no user network"))
    #expect(rig("hostfwd_remove other tcp::1234").contains("unknown netdev"))
    #expect(rig("announce_self") == "")
  }
}
