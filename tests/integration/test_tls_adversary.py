"""What strangers can do at a listener with TLS: nothing to others, and no more than their own
connection to themselves."""

import os
import re
import socket
import ssl
import struct
import subprocess
import time
import warnings

import pytest

from bkes_process import BROKER_PORTS, BkesProcess, free_port_range
from certificates import Authority
from clients import eventually
from events import NONE, EventTopic
from wire import Connection, request_frame

HANDSHAKE_LIMIT_S = 10

# Mozilla's intermediate profile, version 5.7, as far as a certificate with an elliptic curve goes.
CIPHERS_OF_TLS_1_2 = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                      "ECDHE-ECDSA-CHACHA20-POLY1305"}
CIPHERS_OF_TLS_1_3 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                      "TLS_CHACHA20_POLY1305_SHA256"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ca")


@pytest.fixture(scope="module")
def bkes(kafka, authority, tmp_path_factory):
    kafka.create_topic("bkes", partitions=2)
    shown = authority.sign("bkes", ["127.0.0.1"])
    process = BkesProcess(tmp_path_factory.mktemp("bkes"), kafka.bootstrap_servers,
                          {"topics": "bkes"})
    process.tls_port = free_port_range(1 + BROKER_PORTS)
    process.options |= {
        "listener": None, "broker.port.base": None,
        "listeners": f"OPEN://{process.address},CLOSED://127.0.0.1:{process.tls_port}",
        "listener.security.protocol.map": "OPEN:PLAINTEXT,CLOSED:SSL",
        "ssl.certificate.location": shown.certificate, "ssl.key.location": shown.key}
    with process:
        yield process


def dial(bkes):
    return socket.create_connection((bkes.host, bkes.tls_port), timeout=30)


def is_ended(raw):
    try:
        return raw.recv(65536) == b""
    except ConnectionResetError:
        return True


def client_hello(server_name="bkes.test"):
    """What a client sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    stranger = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with pytest.raises(ssl.SSLWantReadError):
        stranger.do_handshake()
    return outgoing.read()


def append_ms(topic, count):
    """How long each of so many appends took."""
    found = []
    for n in range(count):
        started = time.monotonic()
        assert topic.append(f"{time.monotonic_ns()}".encode(), order=0).code == NONE
        found.append((time.monotonic() - started) * 1000)
    return sorted(found)


def test_half_open_handshakes_keep_nobody_waiting_and_end(bkes, authority):
    """200 who send a part of their greeting, or all of it and then nothing; meanwhile others work."""
    hello = client_hello()
    before = bkes.resident_bytes()
    with EventTopic(bkes, "bkes", 2, raw=Connection(
            bkes.host, bkes.tls_port, tls=authority.client_context())) as topic:
        append_ms(topic, 20)
        started = time.monotonic()
        strangers = []
        for n in range(200):
            one = dial(bkes)
            one.sendall(hello[:50] if n % 2 else hello)
            strangers.append(one)
        times = append_ms(topic, 100)
        assert times[90] < 1000, times
        for one in strangers:
            while not is_ended(one):
                pass
        waited = time.monotonic() - started
        assert HANDSHAKE_LIMIT_S - 1 < waited < HANDSHAKE_LIMIT_S + 10
        assert topic.append(f"{time.monotonic_ns()}".encode(), order=0).code == NONE
    assert "cause=handshake_failed" in bkes.log() and "not done within 10 s" in bkes.log()
    assert bkes.resident_bytes() < before + (64 << 20)


def handshakes_failed(bkes):
    """Of a burst not each has a line in the log."""
    return bkes.metrics()["bkes_connections_ended_total", "cause=handshake_failed"]


@pytest.mark.parametrize("greeting", [
    pytest.param(request_frame("ApiVersions", 0, {}), id="plain Kafka"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: bkes\r\n\r\n", id="plain HTTP"),
    pytest.param(b"\x16\x03\x01\xff\xff" + bytes(70_000), id="a record that is too large"),
    pytest.param(b"\x16\x03\x01\x00\x00" * 100, id="empty records"),
    pytest.param(b"\x15\x03\x01\x00\x02\x02\x28", id="an alert"),
    pytest.param(os.urandom(1000), id="noise"),
])
def test_what_is_no_handshake_is_closed_with_a_reason(bkes, greeting):
    before = handshakes_failed(bkes)
    with dial(bkes) as raw:
        try:
            raw.sendall(greeting)
        except (ConnectionResetError, BrokenPipeError):
            pass
        if not greeting[:1] == b"\x16":  # else more of the record may be awaited
            assert is_ended(raw) or is_ended(raw)
        else:
            raw.settimeout(HANDSHAKE_LIMIT_S + 10)
            while not is_ended(raw):
                pass
    eventually(lambda: handshakes_failed(bkes) > before)


def test_a_record_that_was_changed_on_its_way_ends_the_connection_alone(bkes, authority):
    with Connection(bkes.host, bkes.tls_port, tls=authority.client_context()) as good, \
            Connection(bkes.host, bkes.tls_port, tls=authority.client_context()) as bad:
        assert bad.call("Metadata", 12, {"Topics": None})["Brokers"]
        raw = socket.socket(fileno=bad.socket.detach())
        raw.settimeout(30)  # it was of TLS, which doesn't block
        raw.sendall(b"\x17\x03\x03" + struct.pack(">H", 200) + os.urandom(200))
        while not is_ended(raw):
            pass
        raw.close()
        assert good.call("Metadata", 12, {"Topics": None})["Brokers"]


def test_tls_on_the_plain_port_is_named(bkes):
    with socket.create_connection((bkes.host, bkes.port), timeout=30) as raw:
        raw.sendall(client_hello())
        assert is_ended(raw)
    bkes.wait_for_log("cause=tls_on_plain_port")


# How TLS is spoken: what testssl.sh would look at. -------------------------------------------------

def offers(bkes, version, ciphers=None):
    """What is agreed on with a client that offers only this; None: nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is what is looked for
        context.minimum_version = context.maximum_version = version
    try:
        context.set_ciphers(f"{ciphers or 'ALL:COMPLEMENTOFALL'}:@SECLEVEL=0")
        with dial(bkes) as raw, context.wrap_socket(raw) as agreed:
            assert agreed.compression() is None
            return agreed.cipher()[0]
    except (ssl.SSLError, ConnectionResetError):
        return None


def all_ciphers():
    listed = subprocess.run(["openssl", "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], check=True,
                            capture_output=True, text=True).stdout
    return [one for one in listed.strip().split(":") if not one.startswith("TLS_")]


def test_old_versions_are_not_spoken(bkes):
    assert offers(bkes, ssl.TLSVersion.TLSv1) is None
    assert offers(bkes, ssl.TLSVersion.TLSv1_1) is None
    assert offers(bkes, ssl.TLSVersion.TLSv1_2) in CIPHERS_OF_TLS_1_2
    assert offers(bkes, ssl.TLSVersion.TLSv1_3) in CIPHERS_OF_TLS_1_3


def test_the_ciphers_are_those_of_the_profile(bkes):
    agreed = {offers(bkes, ssl.TLSVersion.TLSv1_2, cipher) for cipher in all_ciphers()}
    assert agreed - {None} == CIPHERS_OF_TLS_1_2


def test_nobody_renegotiates(bkes):
    """R asks for it; s_client says how that ended."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{bkes.host}:{bkes.tls_port}", "-tls1_2",
         "-legacy_renegotiation"],
        input=b"R\n", capture_output=True, timeout=30)
    said = done.stdout + done.stderr
    assert b"RENEGOTIATING" in said
    assert re.search(rb"no renegotiation|renegotiation|handshake failure|unexpected", said), said
    assert done.returncode != 0 or b"no renegotiation" in said, said
