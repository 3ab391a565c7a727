#!/usr/bin/env python3
"""A guest is saved at random moments while it works, goes on in another process each time, and nothing is lost or repeated.
The interpreter or the translator runs it, as chance has it.

usage: moments.py FERRY KIND BOARD GUESTS MOMENTS FOLDER [SEED]

KIND    wget     fetches files of 32 MiB from a server of this program
        socket   sends numbers to another guest at the same cable, which is saved in turn
        balloon  gives memory to its balloon and gets it back
        gpu      scrolls on the console of a virtual GPU
        dd       writes to a virtio disk, and reads what it has written
BOARD   microvm or integratorcp
"""
import atexit, hashlib, http.server, os, random, re, select, signal, sys, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import Failure, Machine

FERRY, KIND, BOARD, GUESTS, MOMENTS, FOLDER = sys.argv[1:7]
MOMENTS = int(MOMENTS)
CHANCE = random.Random(int(sys.argv[7]) if len(sys.argv) > 7 else time.time_ns())
IS_PC = BOARD == "microvm"
# The digest of this says that memory is what it was.
LOOP = ("(dd if=/bin/busybox of=/tmp/b bs=4096 count=24 2>/dev/null; n=0; while [ ! -e /tmp/stop ]; do n=$((n+1)); "
        "s=$(gzip -c /tmp/b | gzip -dc | sha256sum | cut -c1-16); echo TICK $n $s; done) &")
ADDRESS = ("ip link set eth0 up; ip addr add {address} dev eth0; ip route add default via 10.0.2.2 2>/dev/null; ")


class Guest:
    """Linux at a serial line, in one process after the other."""

    machines = []

    def __init__(self, name, options):
        self.path = f"{FOLDER}/{name}"
        self.options = options
        self.text = b""
        guest, console = ("i386", "ttyS0 reboot=t") if IS_PC else ("arm", "ttyAMA0")
        self.start(["-M", BOARD, "-m", "256" if IS_PC else "128", "-kernel", f"{GUESTS}/{guest}/vmlinuz",
                    "-initrd", f"{GUESTS}/{guest}/initrd.gz", "-append", f"console={console} panic=-1 quiet{options.get('words', '')}",
                    "-S", *options.get("more", []), *(w for pair in options["devices"] for w in ("-device", pair))])
        self.machine.run("cont")
        self.wait("/ # ", 240)

    def start(self, options):
        self.machine = Machine.start(
            FERRY, ["-accel", CHANCE.choice(["interpreter", "jit"]), "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"unix:{self.path}.tty,server=on,wait=off",
                    *self.options["ends"], *options], f"{self.path}.qmp")
        Guest.machines.append(self.machine)
        self.line = self.machine.connect(f"{self.path}.tty")

    def move(self, seen=lambda: None):
        """Saves it, ends its process, and goes on in a new one; what `seen` says is the same before and after."""
        self.machine.run("stop")
        before = seen()
        file = f"{self.path}.ferry"
        self.machine.human(f"savevm {file}")
        try:
            self.machine.run("quit")
        except Failure:
            pass
        while True:
            part = self.line.recv(65536)
            if not part:
                break
            self.text += part
        self.line.close()
        self.machine.end()
        for name in ("tty", "qmp"):
            if os.path.exists(f"{self.path}.{name}"):
                os.unlink(f"{self.path}.{name}")
        self.start(["-loadvm", file, "-S"])
        after = seen()
        if after != before:
            raise Failure(f"what was {before} is {after}")
        self.machine.run("cont")
        os.unlink(file)
        return before

    def read(self, seconds=0):
        while select.select([self.line], [], [], seconds)[0]:
            part = self.line.recv(65536)
            if not part:
                raise Failure("the machine is gone")
            self.text += part
            seconds = 0
        return self.text

    def wait(self, mark, seconds=60):
        end = time.monotonic() + seconds
        while mark.encode() not in self.text:
            if time.monotonic() > end:
                raise Failure(f"no {mark!r} in {seconds} s: {self.text[-600:]}")
            self.read(0.2)

    def type(self, text):
        self.line.sendall(text.encode() + b"\n")

    def finish(self):
        self.type("")
        self.machine.end()


class Server(http.server.ThreadingHTTPServer):
    """Gives a file of 32 MiB, slowly and from anywhere in it."""
    daemon_threads = True

    def __init__(self):
        self.file = random.Random(1).randbytes(32 << 20)
        self.digest = hashlib.sha256(self.file).hexdigest()[:16]
        self.requests = 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        """A guest that goes on elsewhere leaves its connections."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        file = self.server.file
        self.server.requests += 1
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = min(int(wanted[1]), len(file)) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(file) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(file) - 1}/{len(file)}")
        self.end_headers()
        for at in range(start, len(file), 1 << 16):
            self.wfile.write(file[at:at + (1 << 16)])
            time.sleep(0.001)

    def log_message(self, *_):
        pass


def ticks(text, digests=None):
    """How many lines the guest's loop has printed, which are all there, once and in order."""
    found = re.findall(rb"TICK (\d+) ([0-9a-f]*)\r?\n", text)
    numbers = [int(number) for number, _ in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise Failure(f"lines are lost or repeated: {numbers}")
    seen = {digest for _, digest in found}
    if len(seen) > 1 or (digests is not None and not seen <= digests):
        raise Failure(f"digests differ: {seen}")
    return len(numbers)


def pause(guest, least=0.0, most=0.4):
    end = time.monotonic() + CHANCE.uniform(least, most)
    while time.monotonic() < end:
        guest.read(0.01)


def wget():
    server = Server()
    guest = Guest("a", {"devices": ["virtio-net-device,netdev=n"], "ends": ["-netdev", "user,id=n"]})
    url = f"http://10.0.2.2:{server.server_address[1]}/big"
    guest.type(ADDRESS.format(address="10.0.2.15/24") + "n=0; while [ ! -e /tmp/stop ]; do n=$((n+1)); rm -f /tmp/big; "
               f"until wget -q -c -O /tmp/big {url} 2>/dev/null; do echo AGA''IN; done; "
               "echo TICK $n $(sha256sum </tmp/big | cut -c1-16); done")
    for _ in range(MOMENTS):
        pause(guest)
        guest.move()
    seen = ticks(guest.text)
    guest.wait(f"TICK {seen + 2} ", 120)
    count = ticks(guest.text, {server.digest.encode()})
    again = guest.text.count(b"AGAIN")
    if again < MOMENTS // 4:
        raise Failure(f"only {again} of {MOMENTS} moments were in a fetch")
    guest.finish()
    return f"{count} files, {again} fetches broken off and gone on with, {server.requests} requests"


def socket_():
    cable = f"unix:{FOLDER}/cable"
    guests = [Guest(name, {
        "devices": [f"virtio-net-device,netdev=n,mac=52:54:00:00:00:0{number}"],
        "ends": ["-netdev", f"socket,id=n,{end}={cable}" + (",reconnect=1" if end == "connect" else "")],
    }) for name, number, end in (("a", 1, "listen"), ("b", 2, "connect"))]
    for number, guest in enumerate(guests):
        guest.type(ADDRESS.format(address=f"10.1.1.{number + 1}/24") + "echo i''s-up")
        guest.wait("is-up")
    sender, receiver = guests
    receiver.type("nc -l -p 5000 | awk '{ if ($1 != ++n) print \"LO\" \"ST \" n \" \" $1; if (n % 100 == 0) print \"TICK \" n / 100 \" 0\" }'")
    sender.type("n=0; while [ $n -lt 1000000 ]; do n=$((n+1)); echo $n; [ $((n%10)) = 0 ] && usleep 1000; done | nc 10.1.1.2 5000")
    receiver.wait("TICK 2 ")
    for moment in range(MOMENTS):
        for guest in guests:
            pause(guest, 0, 0.2)
        guests[moment % 2].move()
        # What was on its way is sent again; the next moment is in a running stream.
        seen = ticks(receiver.read())
        while ticks(receiver.read(0.1)) == seen:
            sender.read()
            if b"LOST" in receiver.text:
                raise Failure("the stream has a hole")
            if receiver.machine.process.poll() is not None:
                raise Failure("a machine has ended")
    if b"LOST" in receiver.text:
        raise Failure("the stream has a hole")
    count = ticks(receiver.text)
    for guest in guests:
        guest.finish()
    return f"{count * 100} numbers on one connection"


def balloon():
    guest = Guest("a", {"devices": ["virtio-balloon-device"], "ends": []})
    whole = (256 if IS_PC else 128) << 20
    guest.type(LOOP)
    guest.wait("TICK 1 ")
    moved = 0
    for _ in range(MOMENTS):
        target = CHANCE.randrange(whole * 5 // 8, whole) & ~0xfffff
        guest.machine.run("balloon", value=target)
        pause(guest, 0, 0.02)
        before = guest.move(lambda: guest.machine.run("query-balloon")["actual"])
        guest.machine.until("the balloon's target", 60,
                            lambda: guest.read() and guest.machine.run("query-balloon")["actual"] == target)
        moved += before != target
    seen = ticks(guest.read())
    guest.wait(f"TICK {seen + 2} ", 60)
    guest.finish()
    return f"{ticks(guest.text)} sums, {moved} moments while it changed"


def gpu():
    guest = Guest("a", {"devices": ["virtio-gpu-device,id=gpu,xres=640,yres=480"], "ends": [],
                        "words": "" if IS_PC else " fbcon=map:1", "more": ["-vga", "none"] if IS_PC else []})
    def picture():
        return guest.machine.run("screen-hash", device="gpu")["hash"]
    show = "printf '\\033[?25l\\033[2J\\033[H' >/dev/tty1; seq 20 >/dev/tty1; echo sh''own"
    def shown():
        guest.text = b""
        guest.type(show)
        guest.wait("shown")
        time.sleep(1)
        guest.machine.run("stop")
        taken = picture()
        guest.machine.run("cont")
        return taken
    first = shown()
    guest.text = b""
    guest.type("touch /tmp/go; (n=0; while [ -e /tmp/go ]; do n=$((n+1)); seq $n $((n+9)) >/dev/tty1; done; echo scrol''led-$n) & "
               + LOOP)
    guest.wait("TICK 1 ")
    pictures = set()
    for _ in range(MOMENTS):
        pause(guest)
        pictures.add(guest.move(picture))
    seen = ticks(guest.read())
    guest.wait(f"TICK {seen + 2} ", 60)
    count = ticks(guest.text)
    guest.type("touch /tmp/stop; rm /tmp/go")
    guest.wait("scrolled-")
    if shown() != first:
        raise Failure("the same text is another picture than at the beginning")
    guest.finish()
    return f"{count} sums, {len(pictures)} pictures"


def dd():
    # The disk is the image itself, or what is written lies over it, and is in the snapshot or in a file of its own.
    way = CHANCE.choice(["", ",snapshot=on", f",overlay={FOLDER}/over"])
    image = f"{FOLDER}/disk.img"
    for name in (image, f"{FOLDER}/over"):
        if os.path.exists(name):
            os.unlink(name)
    with open(image, "wb") as file:
        file.truncate(64 << 20)
    guest = Guest("a", {"devices": ["virtio-blk-device,drive=d,num-queues=2"],
                        "ends": ["-drive", f"file={image},id=d,format=raw{way}"]})
    guest.type("n=0; while [ ! -e /tmp/stop ]; do n=$((n+1)); at=$((n%48)); "
               "dd if=/dev/urandom of=/tmp/f bs=64k count=16 2>/dev/null; "
               "dd if=/tmp/f of=/dev/vda bs=64k seek=$((at*16)) conv=notrunc 2>/dev/null; sync; "
               "echo 3 >/proc/sys/vm/drop_caches; "
               "a=$(sha256sum </tmp/f); b=$(dd if=/dev/vda bs=64k skip=$((at*16)) count=16 2>/dev/null | sha256sum); "
               "[ \"$a\" = \"$b\" ] && echo TICK $n 0 || echo TICK $n bad; done")
    guest.wait("TICK 2 ", 120)
    for _ in range(MOMENTS):
        pause(guest)
        guest.move()
    seen = ticks(guest.read())
    guest.wait(f"TICK {seen + 2} ", 120)
    count = ticks(guest.text, {b"0"})
    guest.finish()
    return f"{count} MiB written and read, {way[1:] or 'into the image'}"


os.makedirs(FOLDER, exist_ok=True)
# What ends this program ends its machines.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
atexit.register(lambda: [machine.process.kill() for machine in Guest.machines])
started = time.monotonic()
said = {"wget": wget, "socket": socket_, "balloon": balloon, "gpu": gpu, "dd": dd}[KIND]()
print(f"{KIND} on {BOARD}, {MOMENTS} moments in {time.monotonic() - started:.0f} s: {said}")
print("MOMENTS-OK")
