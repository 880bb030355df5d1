"""What the clients of games share: `until EXPRESSION` says when a state fulfils it, in terms of the state's own fields."""

from peer import Listener, say


class Player(Listener):
    awaited = None

    def obey(self, line):
        word, _, rest = line.partition(" ")
        if word == "until":
            self.awaited = rest
        else:
            self.command(word, rest)

    def command(self, word, rest):
        """Does what another line of standard input says."""

    def Network_state(self, data):
        if self.awaited is not None and eval(self.awaited, {}, data):
            say(f"seen {self.awaited}")
            self.awaited = None


def show(data):
    """Prints a message as it came, but for its action."""
    fields = {key: value for key, value in data.items() if key != "action"}
    say(f"{data['action']} {fields!r}" if fields else data["action"])
