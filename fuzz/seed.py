"""Seeds the corpora under corpus/ with the frames of the Python library, in the form that each target reads."""

import json
import pathlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parent / "tests" / "vectors" / "python-frames.json"


def write(target: str, name: str, data: bytes) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"python-{name}").write_bytes(data)


def steps(role: int, frame: bytes) -> bytes:
    """A session that is greeted, is given the frame in pieces of 40 bytes, and is asked what came."""
    data = bytes([role, 4, 2 if role % 3 == 2 else 0, 5, 10])
    for at in range(0, len(frame), 40):
        piece = frame[at : at + 40]
        data += bytes([0, len(piece)]) + piece + bytes([5])
    return data + bytes([12, 10])


def main() -> None:
    stream = b""
    for vector in json.loads(VECTORS.read_text()):
        name, frame = vector["name"], bytes.fromhex(vector["frame"])
        if len(frame) > 2000:
            continue
        stream += frame
        write("frames", name, bytes([1, 2, 3, 5, 8, 13, 21, 255]) + frame)
        write("scan", name, frame[4:])
        write("decode", name, frame[4:])
        write("session", name, steps(0, frame))
        write("session", name + "-client", steps(2, frame))
    write("frames", "all", bytes([7, 1, 90, 4, 4, 200, 3, 2]) + stream[:3000])


main()
