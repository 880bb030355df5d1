"""A client of `recovery`: the line `score N` scores; every answer is printed, and `recover ID` asks for what was kept under a name."""

from peer import Listener, say


class Client(Listener):
    def obey(self, line):
        verb, word = line.split()
        if verb == "score":
            self.send({"action": "score", "points": int(word)})
        else:
            self.send({"action": "recover_session", "session_id": word})

    def Network_session_created(self, data):
        say(f"session {data['session_id']}")

    def Network_state_recovered(self, data):
        say(f"recovered {data['state']}")

    def Network_recovery_failed(self, data):
        say("nothing to recover")

    def Network_points(self, data):
        say(f"points {data['points']}")


Client().run()
