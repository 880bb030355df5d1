"""The echo as a user of the Python library would write it; prints its port and lives until its standard input ends."""

import asyncio
import sys
import threading

from repod import Channel, Server


class Wall(Channel):
    def Network_echo(self, data):
        self.send(data)


class Cave(Server):
    channel_class = Wall


async def main():
    loop = asyncio.get_running_loop()
    ports = []
    create_server = loop.create_server

    async def noting(*args, **kwargs):
        # The library does not tell which port it got for port 0.
        server = await create_server(*args, **kwargs)
        ports.extend(socket.getsockname()[1] for socket in server.sockets)
        return server

    loop.create_server = noting
    server = Cave("127.0.0.1", 0)
    await server.start()
    print(ports[0], flush=True)
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()
    await server.stop()


asyncio.run(main())
