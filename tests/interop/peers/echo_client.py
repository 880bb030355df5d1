"""The client of echo: each line of standard input holds the fields of one message, and what comes back is printed with types."""

from peer import Listener, literal, say


class Shouter(Listener):
    def obey(self, line):
        self.send({"action": "echo"} | literal(line))

    def Network_echo(self, data):
        say(f"echo {data!r}")


Shouter().run()
