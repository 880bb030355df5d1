"""What the peers share: commands from standard input, and one line on standard output for everything that happens.

No message of an example is named here: that is the business of the scripts.
"""

import ast
import asyncio
import queue
import sys
import threading
import time

from repod import ConnectionListener

RAW = "/raw "


def say(line):
    """Prints what happened; the test reads it line by line."""
    print(line, flush=True)


def literal(text):
    """The Python value that a command carries, such as a message that holds bytes and integer keys."""
    return ast.literal_eval(text)


class Listener(ConnectionListener):
    """A client that obeys the lines of its standard input once it is connected; `/raw {..}` sends a message as it stands."""

    def __init__(self):
        self.is_connected = False
        self.is_over = False

    def obey(self, line):
        """Does what a line of standard input says."""

    def Network_connected(self, data):
        self.is_connected = True
        say("connected")

    def Network_socketConnect(self, data):
        pass

    def Network_disconnected(self, data):
        self.is_over = True
        say("disconnected")

    def Network_error(self, data):
        self.is_over = not self.is_connected
        say(f"error: {data}")

    def network_received(self, data):
        say(f"unknown {data!r}")

    def run(self):
        """Pumps until the connection is over or the input ends."""
        lines = queue.SimpleQueue()
        threading.Thread(target=_read_lines, args=(lines.put,), daemon=True).start()
        self.connect(sys.argv[1], int(sys.argv[2]))
        while not self.is_over:
            self.pump()
            # What is sent before the connection is up would be lost.
            if not self.is_connected:
                time.sleep(0.005)
                continue
            try:
                line = lines.get(timeout=0.005)
            except queue.Empty:
                continue
            if line is None:
                self.connection.close()
            elif line.startswith(RAW):
                self.send(literal(line.removeprefix(RAW)))
            else:
                self.obey(line)


def serve(server_class):
    """Serves on the address of the command line; the line `stop` stops the server, `/raw {..}` broadcasts a message."""
    asyncio.run(_serve(server_class(sys.argv[1], int(sys.argv[2]))))


async def _serve(server):
    loop = asyncio.get_running_loop()
    bound = _note_sockets(loop)
    await server.start()
    host, port = bound[0]
    say(f"listening on {host}:{port}")
    lines = asyncio.Queue()
    put = lambda line: loop.call_soon_threadsafe(lines.put_nowait, line)
    threading.Thread(target=_read_lines, args=(put,), daemon=True).start()
    while (line := await lines.get()) not in ("stop", None):
        server.send_to_all(literal(line.removeprefix(RAW)))
    await server.stop()
    say("stopped")


def _note_sockets(loop):
    """The library does not tell which port it got for port 0; the event loop knows."""
    addresses = []
    create_server = loop.create_server

    async def noting(*args, **kwargs):
        server = await create_server(*args, **kwargs)
        addresses.extend(socket.getsockname()[:2] for socket in server.sockets)
        return server

    loop.create_server = noting
    return addresses


def _read_lines(take):
    for line in sys.stdin:
        take(line.rstrip("\n"))
    take(None)
