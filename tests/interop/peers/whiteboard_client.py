"""Somebody who draws on the whiteboard; what is drawn comes as `/raw` messages."""

from peer import Listener
from player import show


class Artist(Listener):
    Network_initial = Network_players = lambda self, data: show(data)
    Network_startline = Network_drawpoint = lambda self, data: show(data)


Artist().run()
