"""A relay between bkes and one broker that breaks the network between them.

Only bkes comes this way: the broker has a listener of its own for it that advertises the relay
(KafkaCluster(relayed=True)), while the test and the broker itself use the ordinary one.

    relay.cut()                      # all connections end, new ones are closed at once
    relay.drop()                     # all connections end, new ones are fine
    relay.delay(0.1, ANSWERS)        # every frame, this much later
    relay.hold(REQUESTS)             # a black hole: nothing arrives, nothing is closed
    relay.hold(REQUESTS, api=PRODUCE)  # from a connection's first Produce on
    relay.tear(ANSWERS)              # the next frame's first half, then the connection ends
    relay.swallow(3)                 # the next 3 answers to Produce: written, and nobody hears it
    relay.wait_hits(5)               # until it went wrong 5 times since the fault began
    relay.heal()                     # what was held arrives late, all is well from here on

A frame is read whole before it goes on, so a fault meets frames and not bytes. `on_request` is
called with each request's, as bytes with their size, before the broker gets it.
"""

import collections
import socket
import struct
import threading
import time

REQUESTS, ANSWERS = "requests", "answers"
PRODUCE = 0


class Relay:
    def __init__(self, broker, listen_on, on_request=lambda frame: None):
        self.broker, self.listen_on, self.on_request = broker, listen_on, on_request
        self.changed = threading.Condition()
        self.links = set()
        self.is_over = False
        self.hits = 0
        self._forget_faults()

    def __enter__(self):
        self.server = socket.create_server(self.listen_on)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        # Wakes up accept, which close alone doesn't.
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.cut()

    @property
    def address(self):
        return "{}:{}".format(*self.listen_on)

    def cut(self):
        self._begin(is_cut=True)
        self._end_links()

    def drop(self):
        self._begin()
        self._end_links()

    def delay(self, seconds, *directions):
        self._begin(delays=dict.fromkeys(directions or (REQUESTS, ANSWERS), seconds))

    def hold(self, *directions, api=None):
        self._begin(held=frozenset(directions), held_api=api)

    def tear(self, direction, count=1):
        self._begin(torn=collections.Counter({direction: count}))

    def swallow(self, count):
        self._begin(to_swallow=count)

    def heal(self):
        with self.changed:
            self._forget_faults()
            self.changed.notify_all()

    def wait_hits(self, count, timeout_s=60):
        with self.changed:
            assert self.changed.wait_for(lambda: self.hits >= count, timeout_s), \
                f"{self.hits} of {count} frames or connections met the fault"

    def _forget_faults(self):
        self.is_cut, self.delays, self.held, self.held_api = False, {}, frozenset(), None
        self.torn, self.to_swallow = collections.Counter(), 0

    def _begin(self, **faults):
        """One fault at a time; the one before ends."""
        with self.changed:
            self._forget_faults()
            self.hits = 0
            vars(self).update(faults)
            self.changed.notify_all()

    def _hit(self):
        self.hits += 1
        self.changed.notify_all()

    def _end_links(self):
        with self.changed:
            links = list(self.links)
        for one in links:
            one.end()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            # Not in this thread: a broker that is slow to accept keeps nobody else waiting.
            threading.Thread(target=self._connect, args=[client], daemon=True).start()

    def _connect(self, client):
        with self.changed:
            if self.is_cut or self.is_over:
                self._hit()
                client.close()
                return
        try:
            server = socket.create_connection(self.broker, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        link = _Link(self, client, server)
        with self.changed:
            if self.is_cut or self.is_over:  # since then
                self._hit()
                link.end()
                return
            self.links.add(link)
        link.start()


class _Link:
    """One connection of bkes, and the relay's to the broker for it."""

    def __init__(self, relay, client, server):
        self.relay, self.client, self.server = relay, client, server
        self.asked = {}  # correlation id: api key
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self):
        for source, target, direction in ((self.client, self.server, REQUESTS),
                                          (self.server, self.client, ANSWERS)):
            threading.Thread(target=self._pump, args=[source, target, direction],
                             daemon=True).start()

    def end(self):
        for one in (self.client, self.server):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _pump(self, source, target, direction):
        try:
            while (frame := _read_frame(source)) and self._pass_on(frame, target, direction):
                pass
        except OSError:
            pass
        self.end()
        with self.relay.changed:
            self.relay.links.discard(self)

    def _pass_on(self, frame, target, direction):
        """False: the connection ends here."""
        relay = self.relay
        api = self._api(frame, direction)
        if direction == REQUESTS:
            relay.on_request(frame)
        with relay.changed:
            if direction in relay.held and relay.held_api in (None, api):
                relay._hit()
                relay.changed.wait_for(lambda: direction not in relay.held)
            pause = relay.delays.get(direction, 0)
            is_swallowed = (api, direction) == (PRODUCE, ANSWERS) and relay.to_swallow > 0
            is_torn = relay.torn[direction] > 0
            relay.to_swallow -= is_swallowed
            relay.torn[direction] -= is_torn
            if pause or is_swallowed or is_torn:
                relay._hit()
        if pause:
            time.sleep(pause)
        if is_swallowed:
            return False
        target.sendall(frame[:len(frame) // 2] if is_torn else frame)
        return not is_torn

    def _api(self, frame, direction):
        """Key of the api that the frame asks for or answers."""
        if direction == ANSWERS:
            return self.asked.pop(struct.unpack_from(">i", frame, 4)[0], None)
        api_key, _, correlation_id = struct.unpack_from(">hhi", frame, 4)
        self.asked[correlation_id] = api_key
        return api_key


def _read_frame(source):
    """A frame with its size; nothing at the end of the connection."""
    size = _take(source, 4)
    body = size and _take(source, struct.unpack(">i", size)[0])
    return size + body if body else b""


def _take(source, size):
    data = bytearray()
    while len(data) < size:
        more = source.recv(min(size - len(data), 1 << 20))
        if not more:
            return b""
        data += more
    return bytes(data)
