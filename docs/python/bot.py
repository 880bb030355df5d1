"""A bot for the dungeon: python bot.py HOST PORT"""

import itertools
import sys
import time

from repod import ConnectionListener


class Bot(ConnectionListener):
    steps = itertools.cycle(["east", "east", "west", "west"])
    is_in = False
    is_over = False
    gold = 0

    def Network_connected(self, data):
        if not self.is_in:
            self.is_in = True
            self.send({"action": "join", "name": "Python"})

    def Network_state(self, data):
        for player in data["players"]:
            if player["name"] == "Python" and player["gold"] > self.gold:
                self.gold = player["gold"]
                print(f"{self.gold} gold", flush=True)

    def Network_rejected(self, data):
        print(data["text"], flush=True)

    def Network_disconnected(self, data):
        self.is_over = True

    def Network_error(self, data):
        print(data["error"])
        self.is_over = True

    def network_received(self, data):
        """News, and what else does not matter to a bot."""

    def play(self, host, port):
        self.connect(host, port)
        while not self.is_over:
            self.pump()
            if self.is_in:
                self.send({"action": "step", "to": next(self.steps)})
            time.sleep(0.2)


Bot().play(sys.argv[1], int(sys.argv[2]))
