"""Record batches v2, written and read byte by byte, with any lie a test wants to tell.

    data = batch([record(b"key", b"value", [("order", b"0")])], codec="zstd")
    events = read_batches(data)
"""

import ctypes
import dataclasses
import gzip
import struct
import time

from kafka.record.util import calc_crc32c

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
CONTROL = 0x20  # in the attributes of a batch


@dataclasses.dataclass
class Event:
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int = -1
    offset: int = -1

    @property
    def order(self):
        return dict(self.headers).get("order")


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def record(key, value, headers=(), timestamp=None):
    """An event for `batch`."""
    return Event(key, value, list(headers), now_ms() if timestamp is None else timestamp)


def now_ms():
    return int(time.time() * 1000)


def encode_record(event, delta, base_timestamp):
    body = b"\0" + varint(event.timestamp - base_timestamp) + varint(delta)
    body += _sized(event.key) + _sized(event.value) + varint(len(event.headers))
    for name, value in event.headers:
        body += _sized(name.encode()) + _sized(value)
    return varint(len(body)) + body


def batch(events, *, codec="none", producer_id=-1, epoch=-1, sequence=-1, attributes=0,
          records=None, count=None, last_delta=None, crc=None, magic=2, base_offset=0, length=None):
    """One batch. The keywords after `attributes` replace what is right."""
    base = events[0].timestamp if events else now_ms()
    if records is None:
        records = b"".join(encode_record(one, delta, base) for delta, one in enumerate(events))
    count = len(events) if count is None else count
    checked = struct.pack(
        ">hiqqqhii", attributes | CODECS[codec], count - 1 if last_delta is None else last_delta,
        base, max((one.timestamp for one in events), default=base), producer_id, epoch, sequence,
        count) + compress(codec, records)
    crc = calc_crc32c(checked) if crc is None else crc
    rest = struct.pack(">ibI", -1, magic, crc) + checked
    return struct.pack(">qi", base_offset, len(rest) if length is None else length) + rest


@dataclasses.dataclass
class Header:
    base_offset: int
    attributes: int
    last_delta: int
    producer_id: int
    epoch: int
    sequence: int
    count: int


def read_headers(data):
    """(Header, records bytes) of each whole batch; checks the CRCs."""
    at = 0
    while len(data) - at >= 61:
        base_offset, length, _, magic, crc = struct.unpack(">qiibI", data[at:at + 21])
        if at + 12 + length > len(data):
            return
        checked = data[at + 21:at + 12 + length]
        assert magic == 2
        assert calc_crc32c(checked) == crc
        attributes, last_delta, first, newest, *producer, count = struct.unpack(">hiqqqhii",
                                                                               checked[:40])
        yield Header(base_offset, attributes, last_delta, *producer, count), first, checked[40:]
        at += 12 + length


def read_batches(data):
    """The events of uncompressed batches; offsets and timestamps as they stand. Control batches
    are left out: they are nobody's events."""
    found = []
    for header, first_timestamp, records in read_headers(data or b""):
        if header.attributes & CONTROL:
            continue
        assert header.attributes & 7 == 0, "compressed"
        reader = _Reader(records)
        for _ in range(header.count):
            found.append(reader.event(header.base_offset, first_timestamp))
        assert reader.at == len(records)
    return found


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def sized(self):
        size = self.varint()
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size:self.at]

    def event(self, base_offset, first_timestamp):
        end = self.varint()
        end += self.at
        self.at += 1
        timestamp = first_timestamp + self.varint()
        offset = base_offset + self.varint()
        key, value = self.sized(), self.sized()
        headers = [(self.sized().decode(), self.sized()) for _ in range(self.varint())]
        assert self.at == end
        return Event(key, value, headers, timestamp, offset)


# Compression by the libraries that librdkafka needs anyway: Debian has no Python packages for all.


def compress(codec, data):
    return {"none": bytes, "gzip": gzip.compress, "snappy": _snappy, "lz4": _lz4,
            "zstd": _zstd}[codec](data)


def _snappy(data):
    """One bare block, as librdkafka writes it."""
    library = ctypes.CDLL("libsnappy.so.1")
    library.snappy_max_compressed_length.restype = ctypes.c_size_t
    library.snappy_max_compressed_length.argtypes = [ctypes.c_size_t]
    size = ctypes.c_size_t(library.snappy_max_compressed_length(len(data)))
    out = ctypes.create_string_buffer(size.value)
    assert library.snappy_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size)) == 0
    return out.raw[:size.value]


def xerial_snappy(data):
    """Blocks in the framing of Java's library."""
    block = _snappy(data)
    return b"\x82SNAPPY\0" + struct.pack(">iii", 1, 1, len(block)) + block


def _lz4(data):
    """A frame of independent blocks."""
    library = ctypes.CDLL("liblz4.so.1")
    library.LZ4F_compressFrameBound.restype = library.LZ4F_compressFrame.restype = ctypes.c_size_t
    size = ctypes.c_size_t(library.LZ4F_compressFrameBound(ctypes.c_size_t(len(data)), None))
    out = ctypes.create_string_buffer(size.value)
    used = library.LZ4F_compressFrame(out, size, data, ctypes.c_size_t(len(data)), None)
    return out.raw[:used]


def _zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compressBound.restype = library.ZSTD_compress.restype = ctypes.c_size_t
    size = ctypes.c_size_t(library.ZSTD_compressBound(ctypes.c_size_t(len(data))))
    out = ctypes.create_string_buffer(size.value)
    used = library.ZSTD_compress(out, size, data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:used]
