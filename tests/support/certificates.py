"""Certificates of a test: an authority, and what it signs, as PEM files made by openssl.

    authority = Authority(tmp_path / "ca")
    server = authority.sign("broker", hosts=["127.0.0.11", "localhost"])
    server.certificate, server.key, server.both, authority.certificate
"""

import dataclasses
import ipaddress
import pathlib
import ssl
import subprocess

_DAYS = 30
_EXTENSIONS = """[v3]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
"""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def _new_key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


def _alternative_name(host):
    try:
        return f"IP:{ipaddress.ip_address(host)}"
    except ValueError:
        return f"DNS:{host}"


@dataclasses.dataclass(frozen=True)
class Certificate:
    certificate: pathlib.Path
    key: pathlib.Path  # PKCS#8, as Java wants it
    both: pathlib.Path  # the key, then the certificate


class Authority:
    """Its own certificate is `certificate`; everything lies in `directory`."""

    def __init__(self, directory, name="bkes tests"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.certificate = self.directory / "ca.pem"
        self._key = self.directory / "ca.key"
        _new_key(self._key)
        _openssl("req", "-x509", "-new", "-key", self._key, "-days", _DAYS, "-subj", f"/CN={name}",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.certificate)

    def sign(self, name, hosts=(), *, expired=False, password=None):
        """A certificate for server and client: CN=name, valid for `hosts` (names or addresses).
        With a password its key is encrypted."""
        found = Certificate(*(self.directory / f"{name}.{kind}" for kind in ("pem", "key", "both")))
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        _new_key(found.key)
        names = ",".join(_alternative_name(host) for host in hosts)
        extensions.write_text(_EXTENSIONS + (f"subjectAltName = {names}\n" if names else ""))
        _openssl("req", "-new", "-key", found.key, "-subj", f"/CN={name}", "-out", request)
        # 0 days end in the second that they begin; with -1 it is over for certain.
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                 "-CAcreateserial", "-days", -1 if expired else _DAYS, "-extfile", extensions,
                 "-extensions", "v3", "-out", found.certificate)
        if password:
            plain = found.key.rename(found.key.with_suffix(".plain"))
            _openssl("pkey", "-in", plain, "-aes256", "-passout", f"pass:{password}", "-out", found.key)
        found.both.write_bytes(found.key.read_bytes() + found.certificate.read_bytes())
        return found

    def client_context(self, certificate=None):
        """An ssl.SSLContext of Python that trusts this authority and shows `certificate`."""
        context = ssl.create_default_context(cafile=self.certificate)
        if certificate is not None:
            context.load_cert_chain(certificate.both)
        return context
