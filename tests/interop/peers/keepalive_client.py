"""Somebody who answers pings, until told to `sleep`."""

from peer import Listener, say


class Visitor(Listener):
    is_asleep = False

    def obey(self, line):
        self.is_asleep = line == "sleep"

    def Network_ping(self, data):
        say("ping")
        if not self.is_asleep:
            self.send({"action": "pong"})


Visitor().run()
