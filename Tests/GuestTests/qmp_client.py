"""A machine is controlled with qemu.qmp, the public client of QMP: qmp_client.py FERRY BOARD FOLDER"""

import asyncio
import os
import socket
import sys

from qemu.qmp import ConnectError, EventListener, ExecuteError, QMPClient

FERRY, BOARD, FOLDER = sys.argv[1:4]
begun = []
RUN = [FERRY, "run", "-M", BOARD, "-display", "none", "-nodefaults", "-name", "client-test"]


def check(what, found, expected):
    if found != expected:
        raise SystemExit(f"{what}: found {found!r}, expected {expected!r}")


async def begin(path, *options, **how):
    process = await asyncio.create_subprocess_exec(*RUN, *options, **how)
    begun.append(process)
    while path and not os.path.exists(path):
        check("the program", process.returncode, None)
        await asyncio.sleep(0.01)
    return process


async def conversation():
    """The whole of a machine's life by one client, watched by another."""
    path = f"{FOLDER}/{BOARD}.qmp"
    process = await begin(path, "-S", "-qmp", f"unix:{path},server=on,wait=off")
    client, watcher = QMPClient("client"), QMPClient("watcher")
    seen = EventListener()
    watcher.register_listener(seen)
    await client.connect(path)
    await watcher.connect(path)
    check("status", (await client.execute("query-status"))["status"], "prelaunch")
    check("name", await client.execute("query-name"), {"name": "client-test"})
    with client.listener("RESUME") as resumed:
        await client.execute("cont")
        event = await resumed.get()
        assert event["timestamp"]["seconds"] > 1_600_000_000
    check("status", (await client.execute("query-status"))["running"], True)
    with client.listener("STOP") as stopped:
        await client.execute("stop")
        await stopped.get()

    names = {entry["name"] for entry in await client.execute("query-commands")}
    schema = await client.execute("query-qmp-schema")
    check("commands", {e["name"] for e in schema if e["meta-type"] == "command"}, names)
    for name in sorted(n for n in names if n.startswith("query-")):
        try:
            await client.execute(name)
        except ExecuteError as error:
            # There is none.
            check(name, (name, str(error)), ("query-balloon", "No balloon device has been activated"))
    check("cpus", (await client.execute("query-cpus-fast"))[0]["qom-path"][:12], "/machine/cpu")
    check("machines", BOARD in [m.get("alias") for m in await client.execute("query-machines")], True)

    dump = f"{FOLDER}/{BOARD}.memory"
    await client.execute("pmemsave", {"val": 0, "size": 65536, "filename": dump})
    check("memory", os.path.getsize(dump), 65536)
    picture = f"{FOLDER}/{BOARD}.png"
    await client.execute("screendump", {"filename": picture, "format": "png"})
    with open(picture, "rb") as file:
        check("picture", file.read(4), b"\x89PNG")
    await client.execute("send-key", {"keys": [{"type": "qcode", "data": "ret"}]})

    devices = await client.execute("qom-list", {"path": "/machine"})
    check("devices", "clock" in [d["name"] for d in devices], True)
    now = {"path": "/machine/clock", "property": "now"}
    await client.execute("qom-set", {**now, "value": 10**15})
    check("time", await client.execute("qom-get", now), 10**15)
    before = await client.execute("x-ferry-state-digest")
    for value, expected in [(-1, "GenericError"), ("soon", "GenericError")]:
        try:
            await client.execute("x-ferry-state-set", {"path": "/machine/clock/now", "value": value})
            raise SystemExit(f"{value} was taken")
        except ExecuteError as error:
            check("class", error.error_class, expected)
    check("digest", await client.execute("x-ferry-state-digest"), before)
    try:
        await client.execute("no-such-command")
        raise SystemExit("an unknown command was carried out")
    except ExecuteError as error:
        check("class", error.error_class, "CommandNotFound")

    answers = await asyncio.gather(*(client.execute("query-status") for _ in range(200)))
    check("answers", len(answers), 200)
    await client.execute("cont")
    with client.listener("RESET") as reset:
        await client.execute("system_reset")
        check("reset", (await reset.get())["data"], {"guest": False, "reason": "host-qmp-system-reset"})
    with client.listener("SHUTDOWN") as shutdown:
        await client.execute("quit")
        check("shutdown", (await shutdown.get())["data"], {"guest": False, "reason": "host-qmp-quit"})
    told = []
    while "SHUTDOWN" not in told:
        told.append((await asyncio.wait_for(seen.get(), 10))["event"])
    check("events of the other client", told, ["RESUME", "STOP", "RESUME", "RESET", "SHUTDOWN"])
    check("exit status", await process.wait(), 0)
    for one in (client, watcher):
        try:
            await one.disconnect()
        except EOFError:
            pass  # The machine was first.


async def quit_through(client, process):
    check("status", (await client.execute("query-status"))["running"], True)
    await client.execute("quit")
    check("exit status", await process.wait(), 0)
    try:
        await client.disconnect()
    except EOFError:
        pass


async def other_ways():
    """The machine calls its client; a descriptor is inherited; TCP by -chardev and -mon."""
    path = f"{FOLDER}/{BOARD}.calls"
    client = QMPClient("called")
    await client.start_server(path)
    process = await begin(None, "-qmp", f"unix:{path}")
    await client.accept()
    await quit_through(client, process)

    path = f"{FOLDER}/{BOARD}.inherited"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        number = listener.fileno()
        process = await begin(
            None, "-chardev", f"socket,id=q,fd={number},server=on,wait=off", "-mon", "chardev=q,mode=control",
            pass_fds=[number])
    client = QMPClient("inherited")
    await client.connect(path)
    await quit_through(client, process)

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = await begin(
        None, "-chardev", f"socket,id=q,host=127.0.0.1,port={port},server=on,wait=off", "-mon",
        "chardev=q,mode=control")
    client = QMPClient("tcp")
    for attempt in range(500):
        try:
            await client.connect(("127.0.0.1", port))
            break
        except ConnectError:
            check("the program", process.returncode, None)
            await asyncio.sleep(0.02)
    await quit_through(client, process)


async def everything():
    try:
        await asyncio.wait_for(conversation(), 60)
        await asyncio.wait_for(other_ways(), 60)
    finally:
        for process in begun:
            if process.returncode is None:
                process.kill()
    print("QMP-OK")


asyncio.run(everything())
