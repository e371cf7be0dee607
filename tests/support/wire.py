"""A raw connection: any request in any version, and exactly what comes back.

    with Connection("127.0.0.1", 9192) as raw:
        answer = raw.call("Metadata", 12, {"Topics": None})

`answer` is a dict (kafka_messages.py). Nothing is hidden: no retries, no version negotiation.
"""

import pathlib
import re
import socket
import struct
import time

import kafka_messages
import scene
from kafka_messages import is_flexible, uvarint


class Closed(Exception):
    """The other side closed the connection."""


def request_frame(api, version, values, correlation_id=1, client_id="raw", *, body=None, key=None):
    """A whole frame. `body` replaces what `values` would give, `key` the api's key."""
    data = kafka_messages.encode(api, "request", version, values) if body is None else body
    client = client_id.encode()
    header = struct.pack(">hhih", kafka_messages.api_key(api) if key is None else key, version,
                         correlation_id, len(client)) + client
    if is_flexible(api, version):
        header += uvarint(0)
    return struct.pack(">i", len(header) + len(data)) + header + data


def offered(raw):
    """(api, version) of everything that the other side offers, as far as the definitions know it."""
    names = kafka_messages.api_names()
    return [(names[row["ApiKey"]], version) for row in raw.call("ApiVersions", 0)["ApiKeys"]
            for version in range(row["MinVersion"], row["MaxVersion"] + 1)
            if version in kafka_messages.valid_versions(names[row["ApiKey"]])]


def least(api, version):
    """The smallest request that gets an answer."""
    if api == "AddPartitionsToTxn" and version >= 4:
        return {"Transactions": [{"TransactionalId": "least", "ProducerId": 1}]}
    if api == "OffsetFetch" and version >= 8:  # Kafka 3 doesn't answer one without groups
        return {"Groups": [{}]}
    return {"Acks": 1} if api == "Produce" else {}


class Connection:
    """`tls` is an ssl.SSLContext, `server_name` whom it asks for and expects, if not the host. Where
    the scene wants it, it is encrypted and logged in, with the account of `user` or else the usual
    one (scene.py)."""

    def __init__(self, host, port, timeout_s=30.0, *, tls=None, server_name=None, user=None,
                 client_id="raw"):
        self.socket = socket.create_connection((host, port), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = tls or scene.tls_of(host, port)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name or host)
        self.client_id = client_id
        self.next_id = 1
        self.owed = []  # (correlation id, api, version) of each answer to come
        if account := scene.account_at(host, port, user):
            answer = self.login(*account)
            assert answer["ErrorCode"] == 0, answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def login(self, user, password):
        """SASL PLAIN. Returns the answer to SaslAuthenticate, whatever it says."""
        answer = self.call("SaslHandshake", 1, {"Mechanism": "PLAIN"})
        assert answer["ErrorCode"] == 0, answer
        token = f"\0{user}\0{password}".encode()
        return self.call("SaslAuthenticate", 2, {"AuthBytes": token})

    def call(self, api, version, values=None):
        self.send(api, version, values)
        return self.receive()

    def send(self, api, version, values=None, *, answered=True):
        """Several sends before the first `receive` are a pipeline. acks=0: answered=False."""
        correlation_id = self.next_id
        self.next_id += 1
        if answered:
            self.owed.append((correlation_id, api, version))
        self.socket.sendall(request_frame(api, version, values or {}, correlation_id,
                                          self.client_id))

    def receive(self, *, version=None):
        """The next answer, in the order asked. `version`: it is known to be of another one."""
        correlation_id, api, asked = self.owed.pop(0)
        frame = self.receive_frame()
        if struct.unpack(">i", frame[:4])[0] != correlation_id:
            raise ValueError(f"an answer to {frame[:4]!r}, not to {correlation_id}")
        # An answer to ApiVersions has the oldest header, so that anybody can read it.
        start = 5 if is_flexible(api, asked) and api != "ApiVersions" else 4
        return kafka_messages.decode(api, "response", asked if version is None else version,
                                     frame[start:])

    def receive_frame(self):
        """One frame without its size."""
        return self._take(struct.unpack(">i", self._take(4))[0])

    def wait_read(self):
        """Returns when the other side, on this machine, has read all that was sent."""
        (_, local), (_, remote) = self.socket.getsockname(), self.socket.getpeername()
        pattern = re.compile(rf":{remote:04X} \w+:{local:04X} \w+ \w+:(\w+)")
        deadline = time.monotonic() + 30
        while int(pattern.search(pathlib.Path("/proc/net/tcp").read_text())[1], 16) > 0:
            if time.monotonic() > deadline:
                raise TimeoutError("it isn't read")
            time.sleep(0.005)

    def wait_closed(self):
        """Returns when the other side has closed; what it still sent."""
        rest = b""
        try:
            while data := self.socket.recv(65536):
                rest += data
        except ConnectionResetError:
            pass
        return rest

    def _take(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise Closed(f"after {len(data)} of {size} bytes")
            data += more
        return bytes(data)
