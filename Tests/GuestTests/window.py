#!/usr/bin/env python3
"""A person in front of the window.

usage: window.py FERRY KIND GUESTS FOLDER

KIND is demo (the built-in guest), debian (i386 at the VGA's text screen), vesafb (the same with a frame buffer), gpu (the
same at a virtio GPU, with a tablet), integrator (Linux at the PL110) or integrator-gpu (the same at a virtio GPU, which is
the second display, with a tablet). What the screen shows is compared with what the guest should show: its picture, as the
program itself writes it, at the place and size that the window has (person.TOLERANCE); and what a program has written to
the console with its golden in pictures.txt, dot for dot. FOLDER gets all that was seen.
"""
import os, re, select, struct, sys, time

from machine import Failure, Machine
from person import Person, Screen, until

FERRY, KIND, GUESTS, FOLDER = os.path.abspath(sys.argv[1]), *sys.argv[2:5]
IDLE = 3.0  # percent of a core
SLOWER = 5.0  # percent that a window may cost a guest that scrolls
LINES = 150  # that it scrolls
GOLDENS = dict(line.split() for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures.txt")))
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7f))
QUOTED = PRINTABLE.replace("'", "'\"'\"'")

# What xdotool calls a key, and the code that Linux has for it (linux/input-event-codes.h).
KEYS = {
    "Escape": 1, "Tab": 15, "BackSpace": 14, "Return": 28, "space": 57, "Caps_Lock": 58,
    **{f"F{n}": 58 + n for n in range(1, 11)}, "F11": 87, "F12": 88, "Print": 99, "Scroll_Lock": 70, "Pause": 119,
    "Insert": 110, "Home": 102, "Prior": 104, "Delete": 111, "End": 107, "Next": 109, "Up": 103, "Left": 105,
    "Down": 108, "Right": 106, "Num_Lock": 69, "KP_Divide": 98, "KP_Multiply": 55, "KP_Subtract": 74, "KP_Add": 78,
    "KP_Enter": 96, "Shift_L": 42, "Shift_R": 54, "Control_L": 29, "Control_R": 97, "Alt_L": 56, "Super_L": 125,
    "Super_R": 126, "Menu": 127, **{key: code for keys, first in (
        ("1 2 3 4 5 6 7 8 9 0 minus equal", 2), ("q w e r t y u i o p bracketleft bracketright", 16),
        ("a s d f g h j k l semicolon apostrophe grave", 30), ("backslash z x c v b n m comma period slash", 43))
        for code, key in enumerate(keys.split(), first)}}


class Guest(Machine):
    """A machine with a window, and the test's end of its serial port."""

    def __init__(self, screen, options, display="sdl"):
        self.raw = b""
        self.slot = f"{FOLDER}/state/ferry/seen/slot-3.ferry"
        environment = dict(os.environ, XDG_STATE_HOME=f"{FOLDER}/state")
        tty, qmp = (f"{FOLDER}/{len(screen.processes)}-{name}" for name in ("tty", "qmp"))
        with open(f"{FOLDER}/ferry.err", "w") as errors:
            process = screen.start(
                [FERRY, "run", *options, "-name", "seen", "-display", display, "-serial", self.server(tty), "-monitor", "none",
                 "-qmp", self.server(qmp)], stdin=-3, stdout=errors, stderr=errors, cwd=FOLDER, env=environment)
        super().__init__(qmp, process)
        self.tty = self.connect(tty)
        self.tty.setblocking(False)

    def bytes(self):
        """All that the guest has sent over its serial port."""
        try:
            while part := self.tty.recv(65536):
                self.raw += part
        except BlockingIOError:
            pass
        return self.raw

    def says(self, text, seconds=120):
        try:
            self.until(f"the guest says {text!r}", seconds, lambda: text.encode() in self.bytes())
        except Failure as failure:
            raise Failure(f"{failure}, but {self.bytes()[-200:]}")

    def elsewhere(self, screen, options, display="sdl"):
        """It, in another process."""
        other = type(self).__new__(type(self))
        Guest.__init__(other, screen, options, display)
        return other

    def ends(self, seconds=60):
        return self.process.wait(seconds)


class Linux(Guest):
    """A Linux whose shell is at the window's console, and answers over the serial port."""

    def __init__(self, screen, serial, options, words=""):
        self.serial, self.said = f"/dev/{serial}", 0
        words += f" run=stty~-opost~<~{self.serial} run=echo~UP~>~{self.serial}"
        super().__init__(screen, options + ["-append", f"console={serial} console=tty0 panic=-1 {words}"])
        self.says("UP\n", 300)

    def does(self, command, seconds=120):
        """Has the shell carry out a command, to its end."""
        self.heeds()
        self.said += 1
        self.run("x-ferry-type", text=f"{command}; echo SAID-{self.said} > {self.serial}\n")
        self.says(f"SAID-{self.said}\n", seconds)

    def heeds(self):
        """Waits until the shell takes what is typed: a guest that is busy with its screen loses keys."""
        self.said += 1
        answer = f"SAID-{self.said}\n"
        def heeded():
            self.run("x-ferry-type", text=f"echo {answer.strip()} > {self.serial}\n")
            end = time.monotonic() + 10
            while time.monotonic() < end and answer.encode() not in self.bytes():
                time.sleep(0.02)
            return answer.encode() in self.bytes()
        until("the shell at the console", heeded, 120)

    def elsewhere(self, screen, options, display="sdl"):
        """It, in another process."""
        other = super().elsewhere(screen, options, display)
        other.serial, other.said = self.serial, self.said + 1000
        return other

    def watch(self, name, probe):
        """Has the guest send what an input device says, by a part of its name; from when what `probe` does is seen there."""
        before = len(self.bytes())
        self.does(f"grep -l {name} /sys/class/input/event*/device/name > {self.serial}")
        device = "/dev/input/" + re.search(rb"event\d+", self.bytes()[before:])[0].decode()
        self.does(f"cat {device} > {self.serial} & watcher=$!")
        before = len(self.bytes())
        def seen():
            probe()
            return len(self.bytes()) > before
        until(f"{device} says something", seen)


DEBIAN = ["-m", "128", "-kernel", f"{GUESTS}/i386/vmlinuz", "-initrd", f"{GUESTS}/i386/initrd.gz"]
INTEGRATOR = ["-M", "integratorcp", "-m", "64", "-kernel", f"{GUESTS}/arm/vmlinuz", "-initrd", f"{GUESTS}/arm/initrd.gz"]
VIRTIO = ["-device", "virtio-gpu-device,id=gpu,xres=800,yres=600", "-device", "virtio-tablet-device"]
LINUXES = {"debian": ("ttyS0", DEBIAN), "vesafb": ("ttyS0", DEBIAN, "vga=0x317"), "gpu": ("ttyS0", DEBIAN + VIRTIO + ["-vga", "none"]),
           "integrator": ("ttyAMA0", INTEGRATOR), "integrator-gpu": ("ttyAMA0", INTEGRATOR + VIRTIO, "fbcon=map:1")}


# MARK: What is tried

def typing(guest, person):
    """Every key that prints."""
    guest.heeds()
    person.type(f"echo 'KEYS {QUOTED}' > {guest.serial}\n")
    guest.says(f"KEYS {PRINTABLE}\n")
    person.sees("typed")


def keys(guest, person):
    """Every key goes down and up in the guest."""
    guest.watch("keyboard", lambda: person.press("Shift_L"))
    start_of = len(guest.bytes())
    for name, code in KEYS.items():
        person.press(name)
        def came():
            # struct input_event: time, type 1 for keys, code, value.
            seen = guest.bytes()[start_of:]
            return all(struct.pack("<HHi", 1, code, value) in seen for value in (1, 0))
        try:
            until(f"{name} goes down and up in the guest", came)
        except Failure as failure:
            raise Failure(f"{failure}, but {guest.bytes()[-64:].hex(' ')}")
    print(f"{len(KEYS)} keys go down and up in the guest")
    # The locks as they were, and what was typed away.
    person.press("Caps_Lock", "Num_Lock", "Scroll_Lock", "apostrophe", "Return")
    guest.does("kill $watcher")


def mouse(screen, guest, person):
    """A click gives the mouse to the guest; dragging moves it there; Ctrl-Alt-G gives it back."""
    x, y, width, height = person.place()
    screen.do("mousemove", str(x + width // 2), str(y + height // 2), "click", "1")
    until("the title says whose the mouse is", lambda: "Ctrl-Alt-G" in person.title())
    guest.watch("PS/2", lambda: screen.do("mousemove_relative", "1", "0"))
    start_of = len(guest.bytes())
    screen.do("mousedown", "1")
    for _ in range(20):
        screen.do("mousemove_relative", "--", "5", "3")
    screen.do("mouseup", "1")
    def moved():
        # Between the left button's going down and up (type 1, code 0x110), what is relative: type 2, code, value.
        down, up = (guest.bytes().find(struct.pack("<HHi", 1, 0x110, value), start_of) for value in (1, 0))
        moves = [struct.unpack("<Hi", move) for move in re.findall(rb"\x02\x00([\x00\x01]\x00.(?:\x00{3}|\xff{3}))",
                                                                   guest.bytes()[down:up], re.DOTALL)]
        to_right, to_bottom = (sum(value for code, value in moves if code == axis) for axis in (0, 1))
        return min(down, up) >= 0 and to_right > 20 and to_bottom > 10
    until("a drag to the right and down", moved)
    person.press("ctrl+alt+g")
    until("the mouse is the host's again", lambda: "Ctrl-Alt-G" not in person.title())
    guest.does("kill $watcher")


def modes(screen, guest, person):
    """A virtual screen is of the size that its window has."""
    def best():
        before = len(guest.bytes())
        guest.does(f"cat /sys/class/drm/card*-Virtual-1/modes > {guest.serial}")
        return re.search(rb"\d+x\d+", guest.bytes()[before:])[0].decode()
    natural = best()
    screen.do("windowsize", "--sync", person.window, "720", "560")
    until("the guest has heard of the window's size", lambda: best() == "720x560")
    person.sees("smaller")
    person.press("ctrl+alt+u")
    screen.do("windowsize", "--sync", person.window, *natural.split("x"))
    until("the guest has heard of the window's old size", lambda: best() == natural)


def tablet(screen, guest, person):
    """Nobody has to give the mouse away: the guest hears where it is."""
    x, y, width, height = person.place()
    places = [(width // 8, height // 8), (width // 2, height // 2), (width - 1, height - 1), (0, 0)]
    near = iter(range(1 << 30))
    guest.watch("tablet", lambda: screen.do("mousemove", str(x + width // 3 + next(near) % 9), str(y + height // 3)))
    for left, top in places:
        start_of = len(guest.bytes())
        screen.do("mousemove", str(x + left), str(y + top), "mousedown", "1", "mouseup", "1")
        def came():
            # Type 3, code and value; and the left button goes down and up.
            seen = guest.bytes()[start_of:]
            def is_at(axis, value):
                # What looks like it may also be a part of a time.
                found = re.finditer(rb"(?=\x03\x00" + bytes([axis]) + rb"\x00(.{4}))", seen, re.DOTALL)
                return any(abs(struct.unpack("<i", match[1])[0] - value) <= 0x7fff // 200 for match in found)
            wanted = [min(0x7fff, round(at * 0x7fff / (size - 1))) for at, size in ((left, width), (top, height))]
            return (all(is_at(axis, value) for axis, value in enumerate(wanted))
                    and all(struct.pack("<HHi", 1, 0x110, value) in seen for value in (1, 0)))
        try:
            until(f"a click at {left}, {top}", came)
        except Failure as failure:
            raise Failure(f"{failure}, but {guest.bytes()[start_of:].hex(' ')}")
    if "Ctrl-Alt-G" in person.title():
        raise Failure("the window holds the mouse of a guest with a tablet")
    guest.does("kill $watcher")


def paste(screen, guest, person):
    """The clipboard is typed."""
    guest.heeds()
    holder = screen.hold(f"echo 'PASTED {QUOTED}' > {guest.serial}\n")
    person.focus()
    person.press("ctrl+alt+v")
    guest.says(f"PASTED {PRINTABLE}\n")
    holder.kill()


def golden(guest, person):
    """A screen in all colours is what it was when somebody looked at it."""
    colours = "".join(f"\\033[{30 + n % 8};{n // 8}m\\033[{40 + (n + 3) % 8}m {n:02} colour \\033[0m" + ("\\n" if n % 4 == 3 else "")
                      for n in range(16))
    # A terminal as it is when it is new, without a cursor.
    guest.does(f"printf '\\033c\\033[?25l{colours}%s\\n' '{QUOTED}'")
    try:
        guest.run("wait-screen", hash=GOLDENS[KIND], timeout=60, **person.display)
    finally:
        person.sees("golden")
    guest.does("printf '\\033c'")


def sizes(screen, person):
    """Resized, full screen and back."""
    screen.do("windowsize", "--sync", person.window, "900", "700")
    person.sees("resized")
    person.press("ctrl+alt+f")
    until("full screen", lambda: person.place()[2:] == list(screen.size))
    person.sees("full")
    person.press("ctrl+alt+f")
    until("a window again", lambda: person.place()[2:] == [900, 700])
    person.press("ctrl+alt+u")
    until("its own size", lambda: person.place()[2:] != [900, 700])
    person.sees("natural")


def hot_keys(screen, guest, person):
    """Pause, list, picture, slots: the window is live while the guest stands still."""
    person.press("ctrl+alt+p")
    until("a stopped guest", lambda: guest.run("query-status")["status"] == "paused")
    until("the title says so", lambda: "paused" in person.title())
    person.sees("stopped", panel=True)
    screen.do("windowsize", "--sync", person.window, "800", "600")
    person.sees("stopped-resized", panel=True)
    person.press("ctrl+alt+u", "ctrl+alt+h")
    person.sees("list", panel=True)
    person.press("ctrl+alt+h", "ctrl+alt+p")
    until("a running guest", lambda: guest.run("query-status")["running"])
    person.sees("running")
    person.press("ctrl+alt+i")
    until("a picture", lambda: [name for name in os.listdir(FOLDER) if re.fullmatch(r"seen-\d+T\d+Z\.png", name)])


def save(guest, person):
    person.press("ctrl+alt+s", "3")
    until("a saved slot", lambda: os.path.exists(guest.slot))
    person.sees("saved")


def load(guest, person):
    guest.events.clear()
    person.press("ctrl+alt+l", "3")
    def loaded():
        guest.run("query-status")
        return "RESUME" in guest.events
    until("a loaded slot", loaded)
    person.sees("loaded")


def move(screen, guest, person, options):
    """The window of the process that the machine moves to shows what the other has shown."""
    way = f"unix:{FOLDER}/way"
    # All but the files, which come in the machine's memory.
    board = [word for pair in zip(options[::2], options[1::2]) if pair[0] not in ("-kernel", "-initrd") for word in pair]
    other = guest.elsewhere(screen, [*board, "-incoming", way])
    guest.run("stop")
    shown = guest.run("screen-hash", **person.display)
    guest.run("migrate", uri=way)
    until("the machine has moved", lambda: other.run("query-migrate").get("status") == "completed")
    guest.run("quit")
    if status := guest.ends():
        raise Failure(f"the process that it has left ended with {status}")
    person = Person(screen, other, **person.display)
    if other.run("screen-hash", **person.display) != shown:
        raise Failure("the machine that has moved shows something else")
    if KIND == "integrator-gpu":
        person.press("ctrl+alt+2")
    person.sees("moved", panel=True)
    person.press("ctrl+alt+p")
    until("it goes on", lambda: other.run("query-status")["running"])
    person.sees("moved-running")
    return other, person


def idle(guest, seconds=5):
    until("a guest with nothing to do", lambda: share(guest, 1) < IDLE)
    used = share(guest, seconds)
    print(f"idle with the window: {used:.2f} % of a core")
    if used > IDLE:
        raise Failure(f"an idle guest uses {used:.1f} % of a core; {IDLE} are allowed")


def share(guest, seconds):
    """Percent of a core that it takes."""
    before = guest.processor()
    time.sleep(seconds)
    return (guest.processor() - before) / seconds * 100


def scroll(guest, lines):
    """Nanoseconds that the guest needs to print so many lines, which is what it needs from one mark to the other."""
    guest.heeds()
    start_of = len(guest.bytes())
    guest.run("x-ferry-type", text=f"echo FROM > {guest.serial}; yes | head -n {lines}; echo TO > {guest.serial}\n")
    times = []
    for mark in (b"FROM", b"TO"):
        while mark not in guest.bytes()[start_of:]:
            if not select.select([guest.tty], [], [], 240)[0]:
                raise Failure("the guest does not come to an end with its lines")
        times.append(time.monotonic_ns())
    return times[1] - times[0]


def speed(screen, guest, lines=LINES, rounds=7):
    """The guest, and what was saved of it and has no window, take turns."""
    other = guest.elsewhere(screen, ["-loadvm", guest.slot], display="none")
    pairs = [(scroll(other, lines), scroll(guest, lines)) for _ in range(rounds)]
    other.end()
    for without, with_window in pairs:
        print(f"{lines} lines: {without / 1e6:.0f} ms without a window, {with_window / 1e6:.0f} ms with one")
    slower = (sorted(with_window / without for without, with_window in pairs)[rounds // 2] - 1) * 100
    print(f"a window slows a guest that scrolls by {slower:.1f} %")
    if slower > SLOWER:
        raise Failure(f"a window slows a guest that scrolls by {slower:.1f} %; {SLOWER} are allowed")


def close(guest, person):
    """The guest is asked first, then ended."""
    person.close()
    person.sees("asked", panel=True)
    if guest.process.poll() is not None:
        raise Failure("closing the window did not ask first")
    person.close()
    if status := guest.ends():
        raise Failure(f"the second close ended it with {status}")


# MARK: Who is looked at

def demo(screen):
    guest = Guest(screen, [], display="sdl,scale=1.5")
    person = Person(screen, guest)
    guest.run("wait-screen", text="Ferry", timeout=60)
    until("one and a half times its size", lambda: person.place()[2:] == [1080, 600])
    person.sees("greeting")
    person.press("ctrl+alt+u")
    sizes(screen, person)
    hot_keys(screen, guest, person)
    save(guest, person)
    load(guest, person)
    guest, person = move(screen, guest, person, ["-M", "microvm"])
    close(guest, person)


def linux(screen):
    guest = Linux(screen, *LINUXES[KIND])
    has_tablet = KIND.endswith("gpu")
    person = Person(screen, guest, "gpu" if has_tablet else None)
    if KIND == "integrator-gpu":
        person.press("ctrl+alt+2")
        until("the title names the display", lambda: "gpu" in person.title())
    person.sees("booted")
    typing(guest, person)
    golden(guest, person)
    if KIND != "vesafb":
        keys(guest, person)
        paste(screen, guest, person)
    if KIND != "debian":
        sizes(screen, person)
    if has_tablet:
        modes(screen, guest, person)
        tablet(screen, guest, person)
    guest.does("place=here")
    save(guest, person)
    guest.does("place=there")
    load(guest, person)
    guest.does(f"echo it is $place > {guest.serial}")
    guest.says("it is here\n")
    if KIND == "integrator":
        mouse(screen, guest, person)
    if KIND == "vesafb":
        speed(screen, guest)
    guest, person = move(screen, guest, person, LINUXES[KIND][1])
    guest.does(f"echo it is $place still > {guest.serial}")
    guest.says("it is here still\n")
    idle(guest)
    if KIND.startswith("integrator"):
        # This board has no power button: there is nobody to ask.
        person.close()
        if guest.ends() != 0:
            raise Failure("closing the window did not end it well")
    else:
        close(guest, person)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    screen = Screen(FOLDER)
    try:
        demo(screen) if KIND == "demo" else linux(screen)
        print("WINDOW-OK")
    except Failure as failure:
        screen.shot("last")
        sys.exit(f"window.py {KIND}: {failure}")
    finally:
        screen.end()


main()
