"""A player of tag: `input 1 0` runs to the right, `input 0 0` stands still."""

from player import Player, show


class Tag(Player):
    Network_setup = Network_tagged = lambda self, data: show(data)

    def command(self, word, rest):
        dx, dy = (float(number) for number in rest.split())
        self.send({"action": word, "dx": dx, "dy": dy})


Tag().run()
