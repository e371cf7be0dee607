"""The HTTP API of a bkes, as a program asks it: JSON pages, and streams of Server-Sent Events.

    api = HttpApi(bkes, user="reader", password="...")
    status, said = api.get("/api/v1/topics")
    with api.stream("/api/v1/topics/bkes/keys/k/tail") as events:
        events.next()          # {"id": "0", "event": "message", "data": {...}}
"""

import base64
import http.client
import json
import urllib.parse


def path_of(topic, key, what="events", **parameters):
    """Of a key of any bytes."""
    segment = urllib.parse.quote_from_bytes(key, safe="")
    if key in (b"", b".", b".."):
        segment, parameters["key64"] = "-", base64.b64encode(key).decode()
    query = urllib.parse.urlencode(parameters)
    return f"/api/v1/topics/{topic}/keys/{segment}/{what}" + ("?" + query if query else "")


def bytes_of(shown, name):
    """What `name` and `name`_encoding say."""
    encoding = shown[name + "_encoding"]
    if encoding is None:
        return None
    return base64.b64decode(shown[name]) if encoding == "base64" else shown[name].encode()


class HttpApi:
    def __init__(self, bkes, user=None, password=None, token=None):
        self.host, self.port = bkes.host, bkes.admin_port
        self.headers = {}
        if user is not None:
            both = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Authorization"] = "Basic " + both
        if token is not None:
            self.headers["Authorization"] = "Bearer " + token

    def ask(self, path, method="GET", **headers):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, path, headers=self.headers | headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        """(status, what the JSON says)"""
        status, _, body = self.ask(path, **headers)
        return status, json.loads(body)

    def pages(self, path):
        """All pages from there on."""
        while path is not None:
            status, page = self.get(path)
            assert status == 200, page
            yield page
            path = page["next"]

    def events(self, topic, key, **parameters):
        """Of all pages."""
        return [one for page in self.pages(path_of(topic, key, **parameters)) for one in page["events"]]

    def stream(self, path, **headers):
        return EventStream(self, path, self.headers | headers)


class EventStream:
    def __init__(self, api, path, headers):
        self.connection = http.client.HTTPConnection(api.host, api.port, timeout=30)
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        if self.status == 200:
            assert self.answer.headers["Content-Type"] == "text/event-stream"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.answer.close()

    def next(self):
        """The next event, comments and settings left out; None: the stream has ended."""
        found = {}
        while True:
            line = self.answer.readline()
            if not line:
                return None
            text = line.decode().rstrip("\n")
            if text == "" and "data" in found:
                return {"id": None, "event": "message"} | found | {"data": json.loads(found["data"])}
            name, _, value = text.partition(": ")
            if name in ("id", "event", "data"):
                found[name] = value

    def take(self, count):
        return [self.next() for _ in range(count)]
