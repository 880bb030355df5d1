"""A chat server with the messages of the chat example."""

from peer import say, serve
from repod import Channel, Server


class Chatter(Channel):
    nickname = "Anonymous"

    def Network_nickname(self, data):
        self.nickname = data["nickname"]
        self.server.send_players()

    def Network_message(self, data):
        self.server.send_to_all({"action": "message", "text": data["text"], "nickname": self.nickname})

    def network_received(self, data):
        say(f"unknown {data!r}")


class Room(Server):
    channel_class = Chatter

    def __init__(self, host, port):
        super().__init__(host, port)
        self.chatters = []

    def on_connect(self, channel, addr):
        self.chatters.append(channel)
        self.announce(channel, "joined")

    def on_disconnect(self, channel):
        self.chatters.remove(channel)
        say(f"{channel.nickname} left")
        self.announce(channel, "left")

    def announce(self, channel, what):
        self.send_to_all({"action": "system", "text": f"{channel.nickname} {what} the chat"})
        self.send_players()

    def send_players(self):
        self.send_to_all({"action": "players", "list": [chatter.nickname for chatter in self.chatters]})


serve(Room)
