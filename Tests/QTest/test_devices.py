"""Tests of devices from outside, as users of QEMU write them. They run against whatever QTEST_COMMAND starts:

    QTEST_COMMAND="ferry run -M microvm" python3 test_devices.py
    QTEST_COMMAND="qemu-system-i386 -M pc -rtc base=2000-01-01T00:00:00,clock=vm" python3 test_devices.py
"""

import os
import random
import shlex
import unittest

from qtest import Failure, QTest

COMMAND = shlex.split(os.environ.get("QTEST_COMMAND", "ferry run -M microvm"))
SECOND = 1_000_000_000


class DeviceTest(unittest.TestCase):
    def setUp(self):
        self.test = QTest(COMMAND)
        self.addCleanup(self.test.close)


class Clock(DeviceTest):
    """The MC146818 at ports 0x70 and 0x71."""

    def cmos(self, index, value=None):
        self.test.outb(0x70, index)
        if value is None:
            return self.test.inb(0x71)
        self.test.outb(0x71, value)

    def now(self):
        """Hours, minutes and seconds, read as a driver does: not while an update is in progress."""
        for _ in range(100):
            if not self.cmos(10) & 0x80:
                break
            self.test.clock_step(1_000_000)
        values = [self.cmos(index) for index in (4, 2, 0)]
        if not self.cmos(11) & 4:
            values = [10 * (value >> 4) + (value & 15) for value in values]
        return values

    def test_time_stands_unless_it_is_moved(self):
        self.assertEqual(self.now(), self.now())

    def test_time_is_the_same_in_binary_and_bcd(self):
        self.test.clock_step(4000 * SECOND)
        bcd = self.now()
        self.cmos(11, 0x06)
        self.assertEqual(self.now(), bcd)
        self.assertEqual(bcd, [1, 6, 40])

    def test_an_alarm_comes_in_its_second(self):
        self.test.irq_intercept_in("ioapic")
        self.cmos(11, 0x06)
        for index, value in ((1, 10), (3, 0xFF), (5, 0xFF)):
            self.cmos(index, value)
        self.cmos(11, 0x26)
        self.cmos(12)
        seconds = 0
        while not self.test.irq(8):
            self.test.clock_step(SECOND // 2)
            seconds += 0.5
            self.assertLess(seconds, 60)
        self.assertEqual(self.now()[2], 10)
        self.assertEqual(self.cmos(12) & 0xA0, 0xA0)
        self.assertFalse(self.test.irq(8))


class Timer(DeviceTest):
    """Counter 2 of the 8254."""

    def count(self):
        self.test.outb(0x43, 0x80)
        low = self.test.inb(0x42)
        return low | self.test.inb(0x42) << 8

    def test_it_counts_1193182_times_a_second(self):
        self.test.outb(0x61, 1)
        self.test.outb(0x43, 0xB4)
        self.test.outb(0x42, 0)
        self.test.outb(0x42, 0)
        self.test.clock_step(1000)
        before = self.count()
        self.test.clock_step(10_000_000)
        self.assertAlmostEqual((before - self.count()) % 65536, 11932, delta=1)


class Memory(DeviceTest):
    def test_what_is_written_is_read_whichever_way(self):
        data = random.Random(1).randbytes(4099)
        self.test.write(0x100001, data)
        self.assertEqual(self.test.read(0x100001, len(data)), data)
        self.assertEqual(self.test.b64read(0x100001, len(data)), data)
        self.assertEqual(self.test.readl(0x100005), int.from_bytes(data[4:8], "little"))
        self.test.b64write(0x200000, data)
        self.assertEqual(self.test.read(0x200000, len(data)), data)
        self.test.memset(0x200000, len(data), 0x5A)
        self.assertEqual(self.test.read(0x200000, len(data)), b"\x5a" * len(data))

    def test_commands_may_come_all_at_once(self):
        count = 1000
        lines = "".join(f"writel {0x300000 + 4 * n:#x} {n}\nreadl {0x300000 + 4 * n:#x}\n" for n in range(count))
        self.test.socket.sendall(lines.encode())
        for number in range(count):
            self.assertEqual(self.test.receive(), "OK")
            self.assertEqual(int(self.test.receive().split()[1], 0), number)


class Lines(DeviceTest):
    def test_a_line_is_raised_and_lowered(self):
        self.test.irq_intercept_in("ioapic")
        for level in (1, 1, 0, 0, 1):
            self.test.set_irq_in("ioapic", "unnamed-gpio-in", 10, level)
        self.assertEqual(self.test.events, [("raise", 10), ("lower", 10), ("raise", 10)])

    def test_one_device_is_shown_at_a_time(self):
        self.test.irq_intercept_in("ioapic")
        with self.assertRaises(Failure):
            self.test.irq_intercept_in("nothing")
        self.test.irq_intercept_in("ioapic")


class UART(DeviceTest):
    @unittest.skipIf("qemu" in COMMAND[0], "QEMU has a serial port only where -serial asks for one")
    def test_a_text_comes_back_in_loopback(self):
        test = self.test
        test.outb(0x3FB, 0x83)
        test.outb(0x3F8, 1)
        test.outb(0x3F9, 0)
        test.outb(0x3FB, 0x03)
        test.outb(0x3FA, 0x07)
        test.outb(0x3FC, 0x10)
        text = b"Hello, world"
        for byte in text:
            test.outb(0x3F8, byte)
        test.clock_step(2_000_000)
        received = bytearray()
        while test.inb(0x3FD) & 1:
            received.append(test.inb(0x3F8))
        self.assertEqual(bytes(received), text)


if __name__ == "__main__":
    unittest.main()
