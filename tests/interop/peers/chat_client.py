"""A chat client: the first line of standard input is the nickname, the others go to the room."""

from peer import Listener, say


class Chatter(Listener):
    nickname = None

    def obey(self, line):
        if self.nickname is None:
            self.nickname = line
            self.send({"action": "nickname", "nickname": line})
        else:
            self.send({"action": "message", "text": line})

    def Network_system(self, data):
        say(f"* {data['text']}")

    def Network_players(self, data):
        say(f"players: {', '.join(data['list'])}")

    def Network_message(self, data):
        say(f"{data['nickname']}: {data['text']}")


Chatter().run()
