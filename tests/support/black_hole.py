"""An address that answers nobody who connects, and refuses nobody either: as a machine that is off,
or a firewall that drops."""

import socket


class BlackHole:
    """with BlackHole("127.0.0.1") as (host, port): ... . A listener whose queue is full."""

    def __init__(self, host, port=0):
        self.listener = socket.create_server((host, port), backlog=0)
        self.queue = [socket.socket() for _ in range(3)]
        for one in self.queue:
            one.setblocking(False)
            one.connect_ex(self.listener.getsockname())

    def __enter__(self):
        return self.listener.getsockname()

    def __exit__(self, *_):
        for one in (*self.queue, self.listener):
            one.close()
