"""A player of pong: `input -1`, `input 0`, `input 1` move the paddle."""

from player import Player, show


class Pong(Player):
    Network_setup = Network_full = Network_round_start = lambda self, data: show(data)
    Network_game_over = Network_opponent_left = lambda self, data: show(data)

    def command(self, word, rest):
        self.send({"action": word, "direction": int(rest)})


Pong().run()
