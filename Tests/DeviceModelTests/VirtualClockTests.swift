import DeviceModel
import Testing

@Suite struct VirtualClockTests {
  @Test func `timers fire in the order of their deadlines, equals in the order they were armed`() {
    var time: Int64 = 0
    let clock = VirtualClock { time }
    var fired: [String] = []
    let timers = ["c", "a", "b", "b2"].map { name in
      let timer = clock.makeTimer()
      timer.onFire = { fired.append(name) }
      return timer
    }
    timers[0].arm(at: 30)
    timers[1].arm(at: 10)
    timers[2].arm(at: 20)
    timers[3].arm(at: 20)
    #expect(clock.nextDeadline == 10)
    time = 20
    clock.runDue()
    #expect(fired == ["a", "b", "b2"])
    #expect(clock.nextDeadline == 30)
    timers[0].cancel()
    time = 100
    clock.runDue()
    #expect(fired == ["a", "b", "b2"])
    #expect(clock.nextDeadline == nil)
  }

  @Test func `a timer may arm itself again and the run loop hears of earlier deadlines only`() {
    var time: Int64 = 0
    let clock = VirtualClock { time }
    var earlier: [Int64] = []
    clock.onEarlier = { earlier.append($0) }
    let tick = clock.makeTimer()
    var ticks = 0
    tick.onFire = { [unowned tick] in
      ticks += 1
      tick.arm(at: Int64(ticks + 1) * 10)
    }
    tick.arm(at: 10)
    let late = clock.makeTimer()
    late.arm(at: 1000)
    #expect(earlier == [10])
    time = 55
    clock.runDue()
    #expect(ticks == 5)
    #expect(clock.nextDeadline == 60)
  }
}
