"""A terminal for a program: `until TEXT` waits for it on the screen, `key TEXT` types; what comes is not looked at otherwise.

The program and its arguments are those of the command line. How it ends is said at last.
"""

import ast
import fcntl
import os
import pty
import select
import struct
import sys
import termios

from peer import say


def main():
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        # The parent sets the size of the terminal, and then lets the program begin.
        sys.stdin.readline()
        os.execv(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.write(terminal, b"\n")
    screen, awaited, commands = b"", None, b""
    sources = [terminal, sys.stdin.fileno()]
    while True:
        for source in select.select(sources, [], [])[0]:
            try:
                read = os.read(source, 65536)
            except OSError:
                read = b""
            if source == terminal:
                if not read:
                    say(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
                    return
                screen += read
            elif not read:
                sources.remove(source)
            else:
                *lines, commands = (commands + read).split(b"\n")
                for line in lines:
                    word, _, rest = line.decode().partition(" ")
                    if word == "key":
                        os.write(terminal, ast.literal_eval(f'"{rest}"').encode())
                    else:
                        awaited = rest
        if awaited is not None and awaited.encode() in screen:
            say(f"shows {awaited}")
            screen, awaited = screen.partition(awaited.encode())[2], None


main()
