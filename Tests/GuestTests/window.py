#!/usr/bin/env python3
"""A person in front of the window: Xvfb is the screen, openbox the desktop, xdotool the hands.

usage: window.py FERRY KIND GUESTS FOLDER

KIND is demo (the built-in guest), debian (i386 at the VGA's text screen) or integrator (Linux at the PL110). What the
screen shows is compared with what the guest should show: its picture, as the program itself writes it, at the place and
size that the window has, within TOLERANCE. FOLDER gets all that was seen.
"""
import json, os, re, signal, socket, struct, subprocess, sys, time

FERRY, KIND, GUESTS, FOLDER = sys.argv[1:5]
# Of all dots so many may differ, by more than a tenth of a colour's range.
TOLERANCE = 0.005
IDLE = 3.0  # percent of a core
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7f))

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

# Another program, whose text is in the clipboard.
HOLDER = """
import ctypes, sys, time
sdl = ctypes.CDLL("libSDL2-2.0.so.0")
sdl.SDL_CreateWindow.restype = ctypes.c_void_p
assert sdl.SDL_Init(0x20) == 0 and sdl.SDL_CreateWindow(b"holder", 0, 0, 8, 8, 8)
assert sdl.SDL_SetClipboardText(sys.argv[1].encode()) == 0
while True:
    sdl.SDL_PumpEvents()
    time.sleep(0.01)
"""
# The window manager: frames would only be in the way, and of keys it has but the one that closes windows.
RULES = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
  <theme><keepBorder>no</keepBorder></theme>
  <applications><application name="*"><decor>no</decor><focus>yes</focus></application></applications>
</openbox_config>
"""
PROCESSES = []


def start(command, **more):
    process = subprocess.Popen(command, **more)
    PROCESSES.append(process)
    return process


def fail(words):
    subprocess.run(["import", "-window", "root", f"{FOLDER}/last.png"], stderr=subprocess.DEVNULL)
    raise SystemExit(words)


def until(what, seconds, body):
    end = time.time() + seconds
    while time.time() < end:
        value = body()
        if value:
            return value
        time.sleep(0.05)
    fail(f"{what}: not in {seconds} s")


class Screen:
    """An X server without a screen."""

    def __init__(self, width=1280, height=1024):
        read, write = os.pipe()
        log = open(f"{FOLDER}/xvfb.log", "w")
        start(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
              pass_fds=[write], stdout=log, stderr=log)
        os.close(write)
        os.environ["DISPLAY"] = ":" + os.fdopen(read).readline().strip()
        os.environ["SDL_VIDEODRIVER"] = "x11"
        self.size = (width, height)
        with open(f"{FOLDER}/openbox.xml", "w") as rules:
            rules.write(RULES)
        start(["openbox", "--sm-disable", "--config-file", f"{FOLDER}/openbox.xml"], stdout=log, stderr=log)
        until("the window manager", 10, lambda: subprocess.run(
            ["xdotool", "get_num_desktops"], capture_output=True).returncode == 0)

    def do(self, *words):
        return subprocess.run(["xdotool", *words], check=True, capture_output=True, text=True).stdout

    def shot(self, name):
        """What the whole screen shows, as a file."""
        path = f"{FOLDER}/{name}.png"
        subprocess.run(["import", "-window", "root", "-depth", "8", path], check=True)
        return path


class Ferry:
    def __init__(self, options, display="sdl"):
        self.socket_path = f"{FOLDER}/qmp"
        self.tty_path = f"{FOLDER}/tty"
        self.errors = open(f"{FOLDER}/ferry.err", "w+")
        environment = dict(os.environ, XDG_STATE_HOME=f"{FOLDER}/state")
        self.process = start(
            [FERRY, "run", *options, "-name", "seen", "-display", display, "-serial", f"unix:{self.tty_path},server=on,wait=off",
             "-monitor", "none", "-qmp", f"unix:{self.socket_path},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors, cwd=FOLDER, env=environment)
        self.qmp = self.connect(self.socket_path)
        self.buffer = b""
        self.answer()
        self.run("qmp_capabilities")
        self.tty = self.connect(self.tty_path)
        self.tty.setblocking(False)
        self.raw = b""

    @staticmethod
    def connect(path):
        def attempt():
            try:
                made = socket.socket(socket.AF_UNIX)
                made.connect(path)
                return made
            except OSError:
                return None
        return until(f"a connection to {path}", 30, attempt)

    def answer(self):
        while True:
            while b"\n" not in self.buffer:
                part = self.qmp.recv(65536)
                if not part:
                    fail(f"QMP was closed; the program ended with {self.process.wait(5)}")
                self.buffer += part
            line, self.buffer = self.buffer.split(b"\n", 1)
            message = json.loads(line)
            if "event" not in message:
                return message

    def run(self, command, **arguments):
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        answer = self.answer()
        if "error" in answer:
            fail(f"{command}: {answer['error']['desc']}")
        return answer.get("return")

    def output(self):
        """All that the guest has printed on its serial port."""
        return self.bytes().decode(errors="replace").replace("\r", "")

    def bytes(self):
        try:
            while part := self.tty.recv(65536):
                self.raw += part
        except BlockingIOError:
            pass
        return self.raw

    def says(self, text, seconds=30):
        until(f"the guest says {text!r}", seconds, lambda: text in self.output())

    def picture(self, name):
        path = f"{FOLDER}/{name}.png"
        self.run("screendump", filename=path, format="png")
        return path

    def processor(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ended(self, seconds):
        return until("the end of ferry", seconds, lambda: (self.process.poll() is not None and [self.process.returncode]))[0]


class Person:
    """Somebody with a keyboard and a mouse in front of the window."""

    def __init__(self, screen, ferry):
        self.screen, self.ferry = screen, ferry
        self.window = until("the window", 20, lambda: screen.do("search", "--sync", "--onlyvisible", "--name", "seen").split())[0]
        self.focus()

    def focus(self):
        self.screen.do("windowfocus", "--sync", self.window)

    def press(self, *keys):
        for key in keys:
            self.screen.do("key", "--delay", "60", key)

    def type(self, text):
        for line in text.splitlines(keepends=True):
            self.screen.do("type", "--delay", "60", line.rstrip("\n"))
            if line.endswith("\n"):
                self.press("Return")

    def title(self):
        return self.screen.do("getwindowname", self.window).strip()

    def place(self):
        values = dict(re.findall(r"(\w+)=(-?\d+)", self.screen.do("getwindowgeometry", "--shell", self.window)))
        return [int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]

    def sees(self, name, seconds=15, panel=False):
        """The window shows the guest's picture where it should be, or something over it."""
        def look():
            picture, shot = self.ferry.picture(f"{name}-guest"), self.screen.shot(f"{name}-screen")
            x, y, width, height = self.place()
            w, h = map(int, subprocess.run(["identify", "-format", "%w %h", picture], capture_output=True, text=True,
                                           check=True).stdout.split())
            wide = w * height > width * h
            shown = (width, h * width // w) if wide else (w * height // h, height)
            left, top = x + (width - shown[0]) // 2, y + (height - shown[1]) // 2
            exact = shown[0] % w == 0 and shown[1] % h == 0
            scaled, cut = f"{FOLDER}/{name}-scaled.png", f"{FOLDER}/{name}-cut.png"
            # Scaled as the window scales: whole multiples sharp, others by averaging between dots.
            subprocess.run(["convert", picture, "-filter", "point" if exact else "triangle", "-resize",
                            f"{shown[0]}x{shown[1]}!", scaled], check=True)
            subprocess.run(["convert", shot, "-crop", f"{shown[0]}x{shown[1]}+{left}+{top}", "+repage", cut], check=True)
            fuzz = "10%" if exact else "35%"
            if panel:
                # What is over it is large: from afar nothing else counts.
                fuzz = "5%"
                subprocess.run(["mogrify", "-filter", "box", "-resize", "12.5%", scaled, cut], check=True)
            result = subprocess.run(["compare", "-metric", "AE", "-fuzz", fuzz, scaled, cut, f"{FOLDER}/{name}-difference.png"],
                                    capture_output=True, text=True)
            self.last = float(result.stderr.split()[0]) / (shown[0] * shown[1]) * (64 if panel else 1)
            return self.last > 0.015 if panel else self.last <= TOLERANCE
        until(f"{name}: the window {'has something over' if panel else 'shows'} the picture", seconds, look)
        print(f"{name}: {self.last * 100:.3f} % of the dots differ")


def idle(ferry, seconds=10):
    time.sleep(3)
    before = ferry.processor()
    time.sleep(seconds)
    used = (ferry.processor() - before) / seconds * 100
    print(f"idle with the window: {used:.2f} % of a core")
    if used > IDLE:
        fail(f"an idle guest uses {used:.1f} % of a core; {IDLE} are allowed")


def sizes(screen, person):
    """Resized, full screen and back."""
    screen.do("windowsize", "--sync", person.window, "900", "700")
    person.sees("resized")
    person.press("ctrl+alt+f")
    until("full screen", 10, lambda: person.place()[2:] == list(screen.size))
    person.sees("full")
    person.press("ctrl+alt+f")
    until("a window again", 10, lambda: person.place()[2:] == [900, 700])
    person.press("ctrl+alt+u")
    until("its own size", 10, lambda: person.place()[2:] != [900, 700])
    person.sees("natural")


def hot_keys(screen, ferry, person):
    """Pause, list, picture, slots: the window is live while the guest stands still."""
    person.press("ctrl+alt+p")
    until("a stopped guest", 10, lambda: ferry.run("query-status")["status"] == "paused")
    until("the title says so", 10, lambda: "paused" in person.title())
    person.sees("stopped", panel=True)
    screen.do("windowsize", "--sync", person.window, "800", "600")
    person.sees("stopped-resized", panel=True)
    person.press("ctrl+alt+u", "ctrl+alt+h")
    person.sees("list", panel=True)
    person.press("ctrl+alt+h", "ctrl+alt+p")
    until("a running guest", 10, lambda: ferry.run("query-status")["running"])
    person.sees("running")
    person.press("ctrl+alt+i")
    until("a picture", 10, lambda: [name for name in os.listdir(FOLDER) if re.fullmatch(r"seen-\d+T\d+Z\.png", name)])
    person.press("ctrl+alt+s", "3")
    slot = f"{FOLDER}/state/ferry/seen/slot-3.ferry"
    until("a saved slot", 30, lambda: os.path.exists(slot))
    return slot


def integrator_options():
    return ["-M", "integratorcp", "-m", "64", "-kernel", f"{GUESTS}/arm/vmlinuz", "-initrd", f"{GUESTS}/arm/initrd.gz",
            "-append", "console=ttyAMA0 console=tty0 panic=-1 run=echo~UP~>~/dev/ttyAMA0"]


def debian_options():
    return ["-m", "128", "-kernel", f"{GUESTS}/i386/vmlinuz", "-initrd", f"{GUESTS}/i386/initrd.gz",
            "-append", "console=ttyS0 console=tty0 panic=-1 run=echo~UP~>~/dev/ttyS0"]


def linux(screen, options, serial):
    ferry = Ferry(options)
    person = Person(screen, ferry)
    ferry.says("UP\n", 240)
    time.sleep(2)
    person.sees("booted")
    # The shell is at the window's console.
    person.press("Return")
    quoted = PRINTABLE.replace("'", "'\"'\"'")
    person.type(f"echo 'KEYS {quoted}' > /dev/{serial}\n")
    ferry.says("KEYS " + PRINTABLE)
    person.sees("typed")
    keys(ferry, person, serial)
    paste(screen, ferry, person, serial)
    sizes(screen, person)
    slot = hot_keys(screen, ferry, person)
    person.type(f"echo AFTER > /dev/{serial}\n")
    ferry.says("AFTER")
    person.press("ctrl+alt+l", "3")
    time.sleep(2)
    person.type(f"echo AGAIN > /dev/{serial}\n")
    ferry.says("AGAIN")
    person.sees("loaded")
    idle(ferry)
    return ferry, person


def watch(ferry, serial, device):
    """Has the guest send what an input device says over its serial port, as it is."""
    ferry.run("x-ferry-type", text=f"stty raw < /dev/{serial}; cat {device} > /dev/{serial} &\n")
    time.sleep(5)


def keys(ferry, person, serial):
    """Every key goes down and up in the guest, once each."""
    watch(ferry, serial, "/dev/input/event0")
    start_of = len(ferry.bytes())
    missing = []
    for name, code in KEYS.items():
        person.press(name)
        def came():
            # struct input_event: time, type 1 for keys, code, value. The kernel's messages may be between them.
            seen = ferry.bytes()[start_of:]
            return all(struct.pack("<HHi", 1, code, value) in seen for value in (1, 0))
        try:
            until(name, 3, came)
        except SystemExit:
            print(f"{name}: {ferry.bytes()[start_of:][-120:]}")
            missing.append(name)
            if len(missing) > 5:
                break
    if missing:
        fail(f"keys that the guest has not seen go down and up: {' '.join(missing)}")
    print(f"{len(KEYS)} keys go down and up in the guest")
    # The locks as they were, and what was typed away.
    person.press("Caps_Lock", "Num_Lock", "Scroll_Lock", "apostrophe", "Return", "grave", "Return", "Return")
    person.type(f"kill $!; stty sane < /dev/{serial}\n")
    time.sleep(1)


def paste(screen, ferry, person, serial):
    """The clipboard is typed."""
    text = f"echo 'PASTED {PRINTABLE.replace(chr(39), '')}' > /dev/{serial}\n"
    holder = start([sys.executable, "-c", HOLDER, text])
    time.sleep(2)
    person.focus()
    person.press("ctrl+alt+v")
    ferry.says("PASTED " + PRINTABLE.replace("'", ""), 60)
    holder.kill()


def demo(screen):
    ferry = Ferry([], display="sdl,scale=1.5")
    person = Person(screen, ferry)
    ferry.run("wait-screen", text="ferry", timeout=20)
    text = "\n".join(ferry.run("screen-text"))
    if "Ferry" not in text:
        fail(f"the built-in guest shows no greeting: {text}")
    until("one and a half times its size", 10, lambda: person.place()[2:] == [960, 600])
    person.press("ctrl+alt+u")
    sizes(screen, person)
    hot_keys(screen, ferry, person)
    person.press("ctrl+alt+l", "3")
    time.sleep(1)
    person.sees("loaded")
    # Asked first, then ended.
    close(person)
    person.sees("asked", panel=True)
    if ferry.process.poll() is not None:
        fail("closing the window did not ask first")
    close(person)
    if ferry.ended(10) != 0:
        fail("the second close did not end it well")


def close(person):
    """As the window manager does it when it is told to (ICCCM 4.2.8.1)."""
    person.press("alt+F4")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    screen = Screen()
    if KIND == "demo":
        demo(screen)
    elif KIND == "debian":
        ferry, person = linux(screen, debian_options(), "ttyS0")
        close(person)
        person.sees("asked", panel=True)
        close(person)
        ferry.ended(10)
    else:
        ferry, person = linux(screen, integrator_options(), "ttyAMA0")
        mouse(screen, ferry, person)
        # This board has no power button: there is nobody to ask.
        close(person)
        if ferry.ended(10) != 0:
            fail("closing the window did not end it well")
    print("WINDOW-OK")


def mouse(screen, ferry, person):
    """A click gives the mouse to the guest; dragging moves it there; Ctrl-Alt-G gives it back."""
    watch(ferry, "ttyAMA0", "/dev/input/mice")
    time.sleep(2)
    x, y, width, height = person.place()
    screen.do("mousemove", str(x + width // 2), str(y + height // 2), "click", "1")
    until("the title says whose the mouse is", 10, lambda: "Ctrl-Alt-G" in person.title())
    start_of = len(ferry.bytes())
    screen.do("mousedown", "1")
    for _ in range(20):
        screen.do("mousemove_relative", "--", "5", "3")
        time.sleep(0.05)
    screen.do("mouseup", "1")
    def moved():
        # PS/2 packets: buttons, right, up.
        seen = ferry.bytes()[start_of:]
        packets = [struct.unpack_from("<Bbb", seen, place) for place in range(0, len(seen) - 2, 3)]
        dragged = [(dx, dy) for head, dx, dy in packets if head & 1]
        return sum(dx for dx, _ in dragged) > 20 and sum(dy for _, dy in dragged) < -10
    until("a drag to the right and down", 10, moved)
    person.press("ctrl+alt+g")
    until("the mouse is the host's again", 10, lambda: "Ctrl-Alt-G" not in person.title())
    person.type("kill $!\n")


try:
    main()
finally:
    for process in reversed(PROCESSES):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
