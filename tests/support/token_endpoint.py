"""A token endpoint of OAuth 2 for tests: HTTPS, client credentials, tokens that Kafka's own
OAuthBearerUnsecuredValidatorCallbackHandler accepts (JSON Web Tokens without a signature).

    with TokenEndpoint(authority, {"bkes-client": "its-secret"}, subject="bkes") as endpoint:
        settings = endpoint.bkes("bkes-client")
        endpoint.stop(); ...; endpoint.start()     # the same address
"""

import base64
import http.server
import json
import ssl
import threading
import time
import urllib.parse


def _encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsecured_token(subject, lifetime_s, scope=None):
    now = time.time()
    claims = {"sub": subject, "iat": now, "exp": now + lifetime_s}
    return ".".join((_encoded({"alg": "none"}),
                     _encoded(claims | ({"scope": scope} if scope else {})), ""))


class TokenEndpoint:
    def __init__(self, authority, clients, subject, lifetime_s=3600):
        self.clients = clients
        self.subject = subject
        self.lifetime_s = lifetime_s
        self.granted = []  # the tokens
        self.scopes = []
        self._authority = authority
        self._shown = authority.sign("token-endpoint", ["127.0.0.1", "localhost"])
        self._server = None
        self._port = 0
        self.start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self._port}/realms/test/token"

    def bkes(self, client, **more):
        """Settings of bkes' own connections, beside those of the brokers."""
        found = {"kafka.sasl.mechanism": "OAUTHBEARER",
                 "kafka.sasl.oauthbearer.method": "oidc",
                 "kafka.sasl.oauthbearer.token.endpoint.url": self.url,
                 "kafka.sasl.oauthbearer.client.id": client,
                 "kafka.sasl.oauthbearer.client.secret": self.clients[client],
                 "kafka.https.ca.location": str(self._authority.certificate)}
        return found | {"kafka." + key: value for key, value in more.items()}

    def start(self):
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = endpoint._answer(self.path, self.headers, body.decode())
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._shown.both)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, path, headers, body):
        kind, _, credentials = headers.get("Authorization", "").partition(" ")
        client, _, secret = base64.b64decode(credentials).decode().partition(":")
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        if path != "/realms/test/token" or form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if kind != "Basic" or self.clients.get(client) != secret:
            return 401, {"error": "invalid_client", "error_description": "who is that?"}
        self.scopes.append(form.get("scope"))
        self.granted.append(unsecured_token(self.subject, self.lifetime_s, form.get("scope")))
        return 200, {"access_token": self.granted[-1], "token_type": "Bearer",
                     "expires_in": self.lifetime_s}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
