"""The server of lag_time: it asks again for every answer."""

from peer import say, serve
from repod import Channel, Server


class Clock(Channel):
    def ask(self, count):
        self.send({"action": "ping", "count": count})

    def Network_ping(self, data):
        say(f"answered {data['count']!r}")
        self.ask(data["count"] + 1)


class Clocks(Server):
    channel_class = Clock

    def on_connect(self, channel, addr):
        channel.ask(0)

    def on_disconnect(self, channel):
        say("left")


serve(Clocks)
