"""Every message of Kafka's protocol in every version, as dicts, by Kafka's own definitions.

The definitions (common/message/*.json) come with the kafka-clients jar, so this codec and bkes'
own have nothing in common but the bytes. Fields are named as in those files; what a dict leaves
out has Kafka's default.

    body = encode("Metadata", "request", 12, {"Topics": [{"Name": "t"}]})
    answer = decode("Metadata", "response", 12, body)
"""

import functools
import json
import re
import struct
import uuid
import zipfile

from kafka_node import libs_dir

_FIXED = {"bool": ">?", "int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I",
          "int64": ">q", "float64": ">d"}
_ZERO = {"string": "", "bytes": b"", "records": None, "uuid": uuid.UUID(int=0), "bool": False,
         "float64": 0.0}

# What bkes adds to Kafka's protocol: FetchByKey, ListKeys, Forward and FetchRestorePoint.
_EXTENSIONS = """[
{"apiKey": 20001, "type": "request", "name": "FetchByKeyRequest", "validVersions": "0-1",
 "flexibleVersions": "0+", "fields": [
  {"name": "Topic", "type": "string"}, {"name": "MaxWaitMs", "type": "int32"},
  {"name": "MaxBytes", "type": "int32", "default": "1048576"},
  {"name": "Keys", "type": "[]Key", "fields": [
   {"name": "Key", "type": "bytes"}, {"name": "FromOrder", "type": "int64"},
   {"name": "MinNextOrder", "type": "int64"},
   {"name": "MaxBytes", "type": "int32", "default": "1048576"},
   {"name": "Direction", "type": "int8", "versions": "1+"},
   {"name": "MaxEvents", "type": "int32", "versions": "1+"}]}]},
{"apiKey": 20001, "type": "response", "name": "FetchByKeyResponse", "validVersions": "0-1",
 "flexibleVersions": "0+", "fields": [
  {"name": "ThrottleTimeMs", "type": "int32"}, {"name": "ErrorCode", "type": "int16"},
  {"name": "ErrorMessage", "type": "string", "nullableVersions": "0+"},
  {"name": "Keys", "type": "[]Aggregate", "fields": [
   {"name": "Key", "type": "bytes"}, {"name": "ErrorCode", "type": "int16"},
   {"name": "ErrorMessage", "type": "string", "nullableVersions": "0+"},
   {"name": "Partition", "type": "int32"}, {"name": "StartOrder", "type": "int64"},
   {"name": "NextOrder", "type": "int64"}, {"name": "LogOffsets", "type": "[]int64"},
   {"name": "Records", "type": "records", "nullableVersions": "0+"}]}]},
{"apiKey": 20002, "type": "request", "name": "ListKeysRequest", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "Topic", "type": "string"}, {"name": "Prefix", "type": "bytes"},
  {"name": "After", "type": "bytes", "nullableVersions": "0+", "default": "null"},
  {"name": "Limit", "type": "int32", "default": "1000"}]},
{"apiKey": 20002, "type": "response", "name": "ListKeysResponse", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "ThrottleTimeMs", "type": "int32"}, {"name": "ErrorCode", "type": "int16"},
  {"name": "ErrorMessage", "type": "string", "nullableVersions": "0+"},
  {"name": "Keys", "type": "[]Aggregate", "fields": [
   {"name": "Key", "type": "bytes"}, {"name": "Partition", "type": "int32"},
   {"name": "StartOrder", "type": "int64"}, {"name": "NextOrder", "type": "int64"},
   {"name": "LastLogOffset", "type": "int64"}, {"name": "LastTimestamp", "type": "int64"}]}]},
{"apiKey": 20003, "type": "request", "name": "ForwardRequest", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "Forwarder", "type": "uuid"}, {"name": "OwnerInstance", "type": "string"},
  {"name": "HeardUpTo", "type": "int64"}, {"name": "Heard", "type": "[]int64"},
  {"name": "MaxWaitMs", "type": "int32"},
  {"name": "Appends", "type": "[]Append", "fields": [
   {"name": "Id", "type": "int64"}, {"name": "Topic", "type": "string"},
   {"name": "Partition", "type": "int32"}, {"name": "DeadlineMs", "type": "int32"},
   {"name": "IsRedirected", "type": "bool"}, {"name": "Client", "type": "string"},
   {"name": "Records", "type": "bytes"}]},
  {"name": "Positions", "type": "[]PositionQuestion", "fields": [
   {"name": "Id", "type": "int64"}, {"name": "Topic", "type": "string"},
   {"name": "Partition", "type": "int32"}, {"name": "MaxWaitMs", "type": "int32"}]}]},
{"apiKey": 20003, "type": "response", "name": "ForwardResponse", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "ThrottleTimeMs", "type": "int32"}, {"name": "ErrorCode", "type": "int16"},
  {"name": "ErrorMessage", "type": "string", "nullableVersions": "0+"},
  {"name": "Outcomes", "type": "[]AppendOutcome", "fields": [
   {"name": "Id", "type": "int64"}, {"name": "Outcome", "type": "int8"},
   {"name": "BrokerError", "type": "int16"}, {"name": "Text", "type": "string"},
   {"name": "RecordIndex", "type": "int32", "default": "-1"},
   {"name": "BaseOffset", "type": "int64", "default": "-1"},
   {"name": "LogAppendTimeMs", "type": "int64", "default": "-1"},
   {"name": "LogStartOffset", "type": "int64", "default": "-1"},
   {"name": "ConflictKey", "type": "bytes", "nullableVersions": "0+", "default": "null"},
   {"name": "ConflictExpected", "type": "int64"},
   {"name": "ConflictGot", "type": "int64", "default": "-1"}]},
  {"name": "Positions", "type": "[]Position", "fields": [
   {"name": "Id", "type": "int64"}, {"name": "ErrorCode", "type": "int16"},
   {"name": "NextOffset", "type": "int64", "default": "-1"},
   {"name": "LeaderEpoch", "type": "int32", "versions": "0+", "taggedVersions": "0+", "tag": 0,
    "default": "-1"}]}]},
{"apiKey": 20004, "type": "request", "name": "FetchRestorePointRequest", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "RestorePoint", "type": "uuid"}, {"name": "File", "type": "int32"},
  {"name": "Position", "type": "int64"}, {"name": "MaxBytes", "type": "int32"}]},
{"apiKey": 20004, "type": "response", "name": "FetchRestorePointResponse", "validVersions": "0",
 "flexibleVersions": "0+", "fields": [
  {"name": "ThrottleTimeMs", "type": "int32"}, {"name": "ErrorCode", "type": "int16"},
  {"name": "ErrorMessage", "type": "string", "nullableVersions": "0+"},
  {"name": "RestorePoint", "type": "uuid"}, {"name": "FormatVersion", "type": "string"},
  {"name": "ClusterId", "type": "string"},
  {"name": "Files", "type": "[]ListedFile", "fields": [
   {"name": "Name", "type": "string"}, {"name": "Size", "type": "int64"}]},
  {"name": "Piece", "type": "bytes"}]}
]"""


@functools.cache
def _definitions():
    """{"ProduceRequest": definition, ...}"""
    found = {one["name"]: one for one in json.loads(_EXTENSIONS)}
    jar = next(libs_dir().glob("kafka-clients-*.jar"))
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if re.match(r"common/message/\w+(Request|Response|RequestHeader)\.json$", name):
                text = re.sub(r"^\s*//.*$", "", archive.read(name).decode(), flags=re.MULTILINE)
                definition = json.loads(text)
                found[definition["name"]] = definition
    return found


def _holds(versions, version):
    """Whether a range as in the definitions ("3+", "0-4", "7", "none") holds the version."""
    if versions in (None, "none"):
        return False
    if versions.endswith("+"):
        return version >= int(versions[:-1])
    first, _, last = versions.partition("-")
    return int(first) <= version <= int(last or first)


def api_key(api):
    return _definitions()[api + "Request"]["apiKey"]


def api_names():
    """{api key: name} of all that a broker's listener for clients may know."""
    return {one["apiKey"]: name.removesuffix("Request") for name, one in _definitions().items()
            if name.endswith("Request") and "apiKey" in one}


def valid_versions(api):
    """Empty for an API that Kafka has given up."""
    versions = _definitions()[api + "Request"]["validVersions"]
    if versions == "none":
        return range(0)
    first, _, last = versions.partition("-")
    return range(int(first), int(last or first) + 1)


def stable_versions(api):
    versions = valid_versions(api)
    is_unstable = _definitions()[api + "Request"].get("latestVersionUnstable", False)
    return range(versions.start, versions.stop - is_unstable)


def is_flexible(api, version):
    return _holds(_definitions()[api + "Request"]["flexibleVersions"], version)


def is_in(field, version):
    """Whether a version has this field of a definition."""
    return _holds(field.get("versions", "0+"), version)


def fitting(api, version, values):
    """The values of a request without the fields that this version doesn't have."""
    definition = _definitions()[api + "Request"]
    codec = _Codec(definition, version)
    return codec.fit_struct(definition["fields"], values)


def encode(api, kind, version, values):
    """The body, without a header. kind: "request" or "response"."""
    definition = _definitions()[api + kind.capitalize()]
    return _Codec(definition, version).write_struct(definition["fields"], values)


def decode(api, kind, version, body):
    definition = _definitions()[api + kind.capitalize()]
    codec = _Codec(definition, version, body)
    values = codec.read_struct(definition["fields"])
    if codec.at != len(body):
        raise ValueError(f"{api} {kind} v{version}: {len(body) - codec.at} bytes too many")
    return values


def uvarint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Codec:
    def __init__(self, definition, version, body=b""):
        self.version = version
        self.flexible = _holds(definition["flexibleVersions"], version)
        self.commons = {one["name"]: one["fields"] for one in definition.get("commonStructs", ())}
        self.body = body
        self.at = 0

    def fields_of(self, field, name):
        return field.get("fields") or self.commons[name]

    def default(self, field):
        kind = field["type"]
        text = field.get("default")
        if text == "null":
            return None
        if kind.startswith("[]"):
            return []
        if kind in _ZERO:
            return text == "true" if kind == "bool" and text is not None else _ZERO[kind]
        if kind in _FIXED:
            return int(str(text or 0), 0)
        return {}

    def nullable(self, field):
        return _holds(field.get("nullableVersions"), self.version)

    def tagged(self, field):
        return _holds(field.get("taggedVersions"), self.version)

    def present(self, fields):
        return [one for one in fields if _holds(one.get("versions", "0+"), self.version)]

    def fit_struct(self, fields, values):
        by_name = {one["name"]: one for one in self.present(fields)}
        return {name: self.fit(by_name[name], value) for name, value in values.items()
                if name in by_name}

    def fit(self, field, value):
        if isinstance(value, dict):
            return self.fit_struct(self.fields_of(field, field["type"]), value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            fields = self.fields_of(field, field["type"].removeprefix("[]"))
            return [self.fit_struct(fields, one) for one in value]
        return value

    # Writing

    def write_struct(self, fields, values):
        fields = self.present(fields)
        unknown = set(values) - {one["name"] for one in fields}
        if unknown:
            raise ValueError(f"not in version {self.version}: {unknown}")
        out = b"".join(self.write(one, one["type"], values.get(one["name"], self.default(one)))
                       for one in fields if not self.tagged(one))
        if self.flexible:
            tags = sorted((one["tag"], self.write(one, one["type"], values[one["name"]]))
                          for one in fields if self.tagged(one) and one["name"] in values)
            out += uvarint(len(tags))
            out += b"".join(uvarint(tag) + uvarint(len(data)) + data for tag, data in tags)
        return out

    def write_length(self, length, form):
        if self.flexible:
            return uvarint(0 if length is None else length + 1)
        return struct.pack(form, -1 if length is None else length)

    def write(self, field, kind, value):
        if value is None and not self.nullable(field):
            raise ValueError(f"{field['name']} can't be null in version {self.version}")
        if kind.startswith("[]"):
            items = b"".join(self.write(field, kind[2:], one) for one in value or ())
            return self.write_length(None if value is None else len(value), ">i") + items
        if kind in _FIXED:
            return struct.pack(_FIXED[kind], value)
        if kind == "uuid":
            return value.bytes
        if kind in ("string", "bytes", "records"):
            data = value.encode() if isinstance(value, str) else value
            form = ">h" if kind == "string" else ">i"
            return self.write_length(None if data is None else len(data), form) + (data or b"")
        if self.nullable(field) and not field["type"].startswith("[]"):
            if value is None:
                return b"\xff"
            return b"\x01" + self.write_struct(self.fields_of(field, kind), value)
        return self.write_struct(self.fields_of(field, kind), value)

    # Reading

    def take(self, size):
        if size < 0 or self.at + size > len(self.body):
            raise ValueError(f"{size} bytes at {self.at} of {len(self.body)}")
        self.at += size
        return self.body[self.at - size:self.at]

    def read_uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def read_struct(self, fields):
        fields = self.present(fields)
        values = {}
        for one in fields:
            is_later = self.tagged(one)
            values[one["name"]] = self.default(one) if is_later else self.read(one, one["type"])
        if self.flexible:
            by_tag = {one["tag"]: one for one in fields if self.tagged(one)}
            for _ in range(self.read_uvarint()):
                field = by_tag.get(self.read_uvarint())
                end = self.read_uvarint() + self.at
                if field is not None:
                    values[field["name"]] = self.read(field, field["type"])
                else:
                    self.take(end - self.at)
                if self.at != end:
                    raise ValueError(f"a tagged field ends at {self.at}, not at {end}")
        return values

    def read_length(self, form):
        if self.flexible:
            return self.read_uvarint() - 1
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def read(self, field, kind):
        if kind.startswith("[]"):
            count = self.read_length(">i")
            return None if count < 0 else [self.read(field, kind[2:]) for _ in range(count)]
        if kind in _FIXED:
            return struct.unpack(_FIXED[kind], self.take(struct.calcsize(_FIXED[kind])))[0]
        if kind == "uuid":
            return uuid.UUID(bytes=self.take(16))
        if kind in ("string", "bytes", "records"):
            length = self.read_length(">h" if kind == "string" else ">i")
            data = None if length < 0 else self.take(length)
            return data.decode() if kind == "string" and data is not None else data
        if self.nullable(field) and not field["type"].startswith("[]") and self.take(1) == b"\xff":
            return None
        return self.read_struct(self.fields_of(field, kind))
