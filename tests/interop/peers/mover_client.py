"""A client that moves: each line of standard input holds the fields of one move, and what comes back is printed."""

from peer import Listener, literal, say


class Mover(Listener):
    def obey(self, line):
        self.send({"action": "move"} | literal(line))

    def Network_moved(self, data):
        say(f"moved {data!r}")

    def Network_error(self, data):
        say(f"error {data!r}")


Mover().run()
