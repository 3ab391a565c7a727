"""A screen that nobody has, and a person in front of it: Xvfb, openbox as the desktop, xdotool as the hands."""
import os, re, subprocess, sys, time

from machine import Failure

# The window manager: frames would only be in the way, and of keys it has but the one that closes windows.
RULES = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
  <theme><keepBorder>no</keepBorder></theme>
  <applications><application name="*"><decor>no</decor><focus>yes</focus></application></applications>
</openbox_config>
"""
# Another program, whose text is in the clipboard: it says so, and keeps it.
HOLDER = """
import ctypes, sys, time
sdl = ctypes.CDLL("libSDL2-2.0.so.0")
sdl.SDL_CreateWindow.restype = ctypes.c_void_p
assert sdl.SDL_Init(0x20) == 0 and sdl.SDL_CreateWindow(b"holder", 0, 0, 8, 8, 8)
assert sdl.SDL_SetClipboardText(sys.argv[1].encode()) == 0
print("held", flush=True)
while True:
    sdl.SDL_PumpEvents()
    time.sleep(0.01)
"""
# Of all dots so many may differ, by more than a tenth of a colour's range; by a third where a picture is scaled to no
# whole multiple, as its edges are averaged.
TOLERANCE = 0.005
# What takes a moment on a host with nothing else to do.
PATIENCE = 60


def until(what, body, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while True:
        value = body()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: not in {seconds} s")
        time.sleep(0.05)


class Screen:
    """An X server without a screen."""

    def __init__(self, folder, width=1280, height=1024):
        self.folder, self.size, self.processes = folder, (width, height), []
        read, write = os.pipe()
        log = open(f"{folder}/xvfb.log", "w")
        self.start(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
                   pass_fds=[write], stdout=log, stderr=log)
        os.close(write)
        os.environ["DISPLAY"] = ":" + os.fdopen(read).readline().strip()
        os.environ["SDL_VIDEODRIVER"] = "x11"
        with open(f"{folder}/openbox.xml", "w") as rules:
            rules.write(RULES)
        self.start(["openbox", "--sm-disable", "--config-file", f"{folder}/openbox.xml"], stdout=log, stderr=log)
        until("the window manager", lambda: subprocess.run(
            ["xdotool", "get_num_desktops"], capture_output=True).returncode == 0)

    def start(self, command, **more):
        process = subprocess.Popen(command, **more)
        self.processes.append(process)
        return process

    def hold(self, text):
        """Puts `text` into the clipboard."""
        holder = self.start([sys.executable, "-c", HOLDER, text], stdout=subprocess.PIPE, text=True)
        if holder.stdout.readline() != "held\n":
            raise Failure("the clipboard takes no text")
        return holder

    def do(self, *words):
        return subprocess.run(["xdotool", *words], check=True, capture_output=True, text=True).stdout

    def shot(self, name):
        """What the whole screen shows, as a file."""
        path = f"{self.folder}/{name}.png"
        subprocess.run(["import", "-window", "root", "-depth", "8", path], check=True)
        return path

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
                process.wait()


class Person:
    """Somebody with a keyboard and a mouse in front of the window of `machine`, which is called "seen".

    Of several displays it is `display` that the window shows.
    """

    def __init__(self, screen, machine, display=None):
        self.screen, self.machine = screen, machine
        self.display = {"device": display} if display else {}
        self.window = until("the window", lambda: screen.do("search", "--sync", "--onlyvisible", "--name", "seen").split())[0]
        self.focus()

    def focus(self):
        self.screen.do("windowfocus", "--sync", self.window)

    def press(self, *keys):
        for key in keys:
            self.screen.do("key", "--delay", "40", key)

    def type(self, text):
        for line in text.splitlines(keepends=True):
            self.screen.do("type", "--delay", "40", line.rstrip("\n"))
            if line.endswith("\n"):
                self.press("Return")

    def title(self):
        return self.screen.do("getwindowname", self.window).strip()

    def place(self):
        values = dict(re.findall(r"(\w+)=(-?\d+)", self.screen.do("getwindowgeometry", "--shell", self.window)))
        return [int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]

    def close(self):
        """As the window manager does it when it is told to (ICCCM 4.2.8.1)."""
        self.press("alt+F4")

    def sees(self, name, panel=False):
        """Waits until the window shows the guest's picture where it should be, or something large over it."""
        until(f"{name}: the window {'has something over' if panel else 'shows'} the picture", lambda: self.compares(name, panel))
        print(f"{name}: {self.last * 100:.3f} % of the dots differ")

    def compares(self, name, panel):
        folder = self.screen.folder
        picture = f"{folder}/{name}-guest.png"
        self.machine.run("screendump", filename=picture, format="png", **self.display)
        shot = self.screen.shot(f"{name}-screen")
        x, y, width, height = self.place()
        w, h = map(int, subprocess.run(["identify", "-format", "%w %h", picture], capture_output=True, text=True,
                                       check=True).stdout.split())
        wide = w * height > width * h
        shown = (width, h * width // w) if wide else (w * height // h, height)
        left, top = x + (width - shown[0]) // 2, y + (height - shown[1]) // 2
        exact = shown[0] % w == 0 and shown[1] % h == 0
        scaled, cut = f"{folder}/{name}-scaled.png", f"{folder}/{name}-cut.png"
        # Scaled as the window scales: whole multiples sharp, others by averaging between dots.
        subprocess.run(["convert", picture, "-filter", "point" if exact else "triangle", "-resize",
                        f"{shown[0]}x{shown[1]}!", scaled], check=True)
        subprocess.run(["convert", shot, "-crop", f"{shown[0]}x{shown[1]}+{left}+{top}", "+repage", cut], check=True)
        fuzz = "10%" if exact else "35%"
        if panel:
            # From afar nothing else counts.
            fuzz = "5%"
            subprocess.run(["mogrify", "-filter", "box", "-resize", "12.5%", scaled, cut], check=True)
        result = subprocess.run(["compare", "-metric", "AE", "-fuzz", fuzz, scaled, cut, f"{folder}/{name}-difference.png"],
                                capture_output=True, text=True)
        self.last = float(result.stderr.split()[0]) / (shown[0] * shown[1]) * (64 if panel else 1)
        return self.last > 0.01 if panel else self.last <= TOLERANCE
