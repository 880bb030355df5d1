"""The library's encoder and decoder, without a network.

Commands: `make SEED COUNT` encodes random messages, `encode {..}` one that is given, `read HEX` decodes a stream of frames.
"""

import random
import struct
import sys

from peer import literal, say
from repod import decode, encode, read_message


def spell(value):
    """Spells a value with its types, in the form that the Rust side uses too."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int():
            return f"i{value}"
        case float():
            return f"f{struct.pack('>d', value).hex()}"
        case str():
            return f"s{value.encode().hex()}"
        case bytes():
            return f"b{value.hex()}"
        case list():
            return f"[{' '.join(spell(item) for item in value)}]"
        case dict():
            return f"{{{' '.join(f'{spell(key)}={spell(item)}' for key, item in value.items())}}}"
    raise TypeError(f"{value!r} cannot be spelled")


class Maker:
    """Makes values of all sorts; the same ones for the same seed."""

    LENGTHS = [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 255, 256, 300]
    ALPHABET = "aZ09 \x00\n\"'\\éß世界🎮\u0301\u202e\ufeff\U0010ffff"

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=4):
        kinds = [self.integer, self.number, self.text, self.octets, self.constant]
        if depth > 0:
            kinds += [lambda: self.array(depth - 1), lambda: self.map(depth - 1)] * 2
        return self.random.choice(kinds)()

    def integer(self):
        """Every width, and its edges."""
        bits = self.random.randrange(65)
        edge = (1 << bits) - 1
        value = self.random.choice([edge, edge + 1, self.random.getrandbits(bits) if bits else 0])
        if self.random.random() < 0.4:
            value = -value
        return max(-(1 << 63), min((1 << 64) - 1, value))

    def number(self):
        edges = [0.0, -0.0, 1.5, -2.25, 5e-324, 1.7976931348623157e308, 2.0**53, 0.1]
        return self.random.choice(edges + [self.random.gauss(0, 1e6), self.random.expovariate(1e9)])

    def text(self):
        return "".join(self.random.choices(self.ALPHABET, k=self.random.choice(self.LENGTHS)))

    def octets(self):
        return self.random.randbytes(self.random.choice(self.LENGTHS))

    def constant(self):
        return self.random.choice([None, True, False])

    def array(self, depth):
        return [self.value(depth) for _ in range(self.count(depth))]

    def map(self, depth):
        key = self.random.choice([self.integer, self.text])
        return {key(): self.value(depth) for _ in range(self.count(depth))}

    def count(self, depth):
        """Deep values are small, so that no message grows beyond the limits."""
        return self.random.choice([0, 1, 2, 3]) if depth else self.random.choice([0, 1, 2, 15, 16, 17, 20])


def make(seed, count):
    maker = Maker(seed)
    for _ in range(count):
        message = {"action": "any", "value": maker.value()}
        say(f"{encode(message).hex()} {spell(message)}")


def read(stream):
    """Reads all frames of a stream. Both ways to decode must agree."""
    while True:
        message, consumed = read_message(stream)
        if consumed == 0:
            break
        frame, stream = stream[:consumed], stream[consumed:]
        assert decode(frame[4:]) == message, f"decode and read_message differ on {frame.hex()}"
        say(f"{encode(message).hex()} {spell(message)}")
    say(f"left {len(stream)}")


for line in sys.stdin:
    command, _, rest = line.rstrip("\n").partition(" ")
    match command:
        case "make":
            make(*map(int, rest.split()))
        case "encode":
            say(encode(literal(rest)).hex())
        case "read":
            read(bytes.fromhex(rest))
        case _:
            raise SystemExit(f"what is {command!r}?")
