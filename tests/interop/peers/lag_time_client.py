"""The client of lag_time: it answers ten pings and leaves."""

from peer import Listener, say


class Answerer(Listener):
    def Network_ping(self, data):
        say(f"ping {data['count']!r}")
        self.send(data)
        if data["count"] == 9:
            self.connection.close()


Answerer().run()
