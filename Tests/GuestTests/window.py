#!/usr/bin/env python3
"""A person in front of the window.

usage: window.py FERRY KIND GUESTS FOLDER

KIND is demo (the built-in guest), debian (i386 at the VGA's text screen), vesafb (the same with a frame buffer),
integrator (Linux at the PL110), or speed: what a window costs a guest that scrolls a frame buffer. What the screen shows is compared with what the guest should show: its picture, as the
program itself writes it, at the place and size that the window has (person.TOLERANCE); and what a program has written to
the console with its golden in pictures.txt, dot for dot. FOLDER gets all that was seen.
"""
import os, re, select, struct, sys, time

from machine import Failure, Machine
from person import Person, Screen, until

FERRY, KIND, GUESTS, FOLDER = sys.argv[1:5]
IDLE = 3.0  # percent of a core
SLOWER = 5.0  # percent that a window may cost a guest that scrolls
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
        self.until(f"the guest says {text!r}", seconds, lambda: text.encode() in self.bytes().replace(b"\r", b""))

    def types(self, text):
        self.run("x-ferry-type", text=text)

    def ends(self, seconds=60):
        return self.process.wait(seconds)


class Linux:
    """A Linux whose shell is at the window's console."""

    def __init__(self, serial, options, words="", input="/dev/input/event0"):
        self.serial, self.input = f"/dev/{serial}", input
        self.options = options + ["-append", f"console={serial} console=tty0 panic=-1 {words} run=echo~UP~>~/dev/{serial}"]

    def boot(self, screen, display="sdl"):
        guest = Guest(screen, self.options, display)
        guest.says("UP\n", 300)
        return guest

    def starts(self, guest, command, text):
        """Types a command; then the shell has done it, and says `text`."""
        guest.types(f"{command}; echo {text} > {self.serial}\n")
        guest.says(f"{text}\n")

    def watch(self, guest, device, probe):
        """Has the guest send what an input device says, as it is; from when what `probe` does is seen there."""
        self.starts(guest, f"stty raw < {self.serial}; cat {device} > {self.serial} &\nsleep 0", f"WATCHED-{len(guest.raw)}")
        before = len(guest.bytes())
        def seen():
            probe()
            return len(guest.bytes()) > before
        until(f"{device} says something", seen)


LINUXES = {
    "debian": Linux("ttyS0", ["-m", "128", "-kernel", f"{GUESTS}/i386/vmlinuz", "-initrd", f"{GUESTS}/i386/initrd.gz"]),
    "vesafb": Linux("ttyS0", ["-m", "128", "-kernel", f"{GUESTS}/i386/vmlinuz", "-initrd", f"{GUESTS}/i386/initrd.gz"],
                    words="vga=0x317"),
    "integrator": Linux("ttyAMA0", ["-M", "integratorcp", "-m", "64", "-kernel", f"{GUESTS}/arm/vmlinuz", "-initrd",
                                    f"{GUESTS}/arm/initrd.gz"]),
}


# MARK: What is tried

def keys(linux, guest, person):
    """Every key goes down and up in the guest."""
    linux.watch(guest, linux.input, lambda: person.press("Shift_L"))
    start_of = len(guest.bytes())
    for name, code in KEYS.items():
        person.press(name)
        def came():
            # struct input_event: time, type 1 for keys, code, value. The kernel's messages may be between them.
            seen = guest.bytes()[start_of:]
            return all(struct.pack("<HHi", 1, code, value) in seen for value in (1, 0))
        until(f"{name} goes down and up in the guest", came)
    print(f"{len(KEYS)} keys go down and up in the guest")
    # The locks as they were, and what was typed away.
    person.press("Caps_Lock", "Num_Lock", "Scroll_Lock", "apostrophe", "Return", "grave", "Return", "Return")
    linux.starts(guest, f"kill $!; stty sane < {linux.serial}", "KEYS-OVER")


def mouse(linux, screen, guest, person):
    """A click gives the mouse to the guest; dragging moves it there; Ctrl-Alt-G gives it back."""
    x, y, width, height = person.place()
    screen.do("mousemove", str(x + width // 2), str(y + height // 2), "click", "1")
    until("the title says whose the mouse is", lambda: "Ctrl-Alt-G" in person.title())
    linux.watch(guest, "/dev/input/mice", lambda: screen.do("mousemove_relative", "1", "0"))
    start_of = len(guest.bytes())
    screen.do("mousedown", "1")
    for _ in range(20):
        screen.do("mousemove_relative", "--sync", "5", "3")
    screen.do("mouseup", "1")
    def moved():
        # PS/2 packets: buttons, right, up. Where the first begins is not known.
        seen = guest.bytes()[start_of:]
        for first in range(3):
            packets = [struct.unpack_from("<Bbb", seen, place) for place in range(first, len(seen) - 2, 3)]
            dragged = [(dx, dy) for head, dx, dy in packets if head & 0xf == 9 or head & 0x2f == 0x29]
            if sum(dx for dx, _ in dragged) > 20 and sum(dy for _, dy in dragged) < -10:
                return True
    until("a drag to the right and down", moved)
    person.press("ctrl+alt+g")
    until("the mouse is the host's again", lambda: "Ctrl-Alt-G" not in person.title())
    linux.starts(guest, f"kill $!; stty sane < {linux.serial}", "MOUSE-OVER")


def paste(linux, screen, guest, person):
    """The clipboard is typed."""
    text = f"PASTED {PRINTABLE}"
    holder = screen.hold(f"echo 'PASTED {QUOTED}' > {linux.serial}\n")
    person.focus()
    person.press("ctrl+alt+v")
    guest.says(f"{text}\n")
    holder.kill()


def golden(linux, guest, person):
    """A screen in all colours is what it was when somebody looked at it."""
    colours = "".join(f"\\033[{30 + n % 8};{n // 8}m\\033[{40 + (n + 3) % 8}m {n:02} colour \\033[0m" + ("\\n" if n % 4 == 3 else "")
                      for n in range(16))
    # A terminal as it is when it is new, without a cursor.
    linux.starts(guest, f"printf '\\033c\\033[?25l{colours}%s\\n' '{QUOTED}'", "PAINTED")
    try:
        guest.run("wait-screen", hash=GOLDENS[KIND], timeout=60)
    finally:
        person.sees("golden")
    guest.types("printf '\\033c'\n")


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


def save(person):
    person.press("ctrl+alt+s", "3")
    until("a saved slot", lambda: os.path.exists(f"{FOLDER}/state/ferry/seen/slot-3.ferry"))
    person.sees("saved")


def load(guest, person):
    guest.events.clear()
    person.press("ctrl+alt+l", "3")
    def loaded():
        guest.run("query-status")
        return "RESUME" in guest.events
    until("a loaded slot", loaded)
    person.sees("loaded")


def idle(guest, seconds=10):
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


def scroll(guest, serial, lines):
    """Nanoseconds that the guest needs to print so many lines."""
    start_of = len(guest.bytes())
    guest.types(f"echo FROM > {serial}; yes | head -n {lines}; echo TO > {serial}\n")
    times = []
    for mark in (b"FROM", b"TO"):
        while mark not in guest.bytes()[start_of:]:
            if not select.select([guest.tty], [], [], 120)[0]:
                raise Failure("the guest does not come to an end with its lines")
        times.append(time.monotonic_ns())
    return times[1] - times[0]


def close(guest, person):
    """The guest is asked first, then ended."""
    person.close()
    person.sees("asked", panel=True)
    if guest.process.poll() is not None:
        raise Failure("closing the window did not ask first")
    person.close()
    if guest.ends() != 0:
        raise Failure("the second close did not end it well")


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
    save(person)
    load(guest, person)
    close(guest, person)


def linux(screen):
    linux = LINUXES[KIND]
    guest = linux.boot(screen)
    person = Person(screen, guest)
    person.sees("booted")
    person.press("Return")
    person.type(f"echo 'KEYS {QUOTED}' > {linux.serial}\n")
    guest.says(f"KEYS {PRINTABLE}\n")
    person.sees("typed")
    golden(linux, guest, person)
    if KIND != "vesafb":
        keys(linux, guest, person)
        paste(linux, screen, guest, person)
    sizes(screen, person)
    linux.starts(guest, "place=here", "SET")
    save(person)
    linux.starts(guest, "place=there", "CHANGED")
    load(guest, person)
    linux.starts(guest, f"echo $place > {linux.serial}", "LOADED")
    guest.says("here\n")
    if KIND == "integrator":
        mouse(linux, screen, guest, person)
    idle(guest)
    if KIND == "integrator":
        # This board has no power button: there is nobody to ask.
        person.close()
        if guest.ends() != 0:
            raise Failure("closing the window did not end it well")
    else:
        close(guest, person)


def speed(screen, lines=150, rounds=7):
    """Two machines that differ in the window alone take turns."""
    linux = LINUXES["vesafb"]
    guests = []
    for display in ("none", "sdl"):
        guests.append(linux.boot(screen, display))
    times = [[scroll(guest, linux.serial, lines) for guest in guests] for _ in range(rounds)]
    ratios = sorted(with_window / without for without, with_window in times)
    for without, with_window in times:
        print(f"{lines} lines: {without / 1e6:.0f} ms without a window, {with_window / 1e6:.0f} ms with one")
    slower = (ratios[rounds // 2] - 1) * 100
    print(f"a window slows a guest that scrolls by {slower:.1f} %")
    if slower > SLOWER:
        raise Failure(f"a window slows a guest that scrolls by {slower:.1f} %; {SLOWER} are allowed")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    screen = Screen(FOLDER)
    try:
        {"demo": demo, "speed": speed}.get(KIND, linux)(screen)
        print("WINDOW-OK")
    except Failure as failure:
        screen.shot("last")
        sys.exit(f"window.py {KIND}: {failure}")
    finally:
        screen.end()


main()
