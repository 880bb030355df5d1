"""The server of echo: it sends back what it gets, and tells in the end what that was."""

from peer import say, serve
from repod import Channel, Server


class Wall(Channel):
    heard = 0
    shapes = frozenset()

    def Network_echo(self, data):
        self.heard += 1
        self.shapes |= {", ".join(f"{key} {type(value).__name__}" for key, value in data.items())}
        self.send(data)


class Cave(Server):
    channel_class = Wall

    def on_disconnect(self, channel):
        say(f"heard {channel.heard} of {sorted(channel.shapes)}")


serve(Cave)
