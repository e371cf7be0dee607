"""Clients that send the same requests again and again, in a process of their own, so that they take
no time from the test that measures beside them.

    with Greedy(bkes, frames, connections=8, reads=True):
        ...

`frames` are whole request frames (wire.request_frame). With reads=False nobody takes the answers."""

import os
import pathlib
import subprocess
import sys
import threading

import scene
from wire import Connection


class Greedy:
    def __init__(self, bkes, frames, *, connections=8, reads=True):
        self.data = b"".join(frames)
        self.arguments = [bkes.host, str(bkes.port), str(connections), str(int(reads))]

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-B", pathlib.Path(__file__),
                                         *self.arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE,
                                        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        threading.Thread(target=self._feed, daemon=True).start()
        assert self.process.stdout.readline() == b"begun\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _feed(self):
        self.process.stdin.write(self.data)
        self.process.stdin.close()


def main(host, port, connections, reads):
    data = memoryview(sys.stdin.buffer.read())

    if scene.IS_SECURE:
        scene.add_doors(host, [int(port)])

    def send(to):
        while True:
            to.sendall(data)

    def receive(source):
        into = bytearray(1 << 20)
        while source.recv_into(into):
            pass

    for _ in range(int(connections)):
        one = Connection(host, int(port)).socket
        one.settimeout(None)
        for work in (send, receive) if int(reads) else (send,):
            threading.Thread(target=work, args=(one,), daemon=True).start()
    print("begun", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
