"""Names with the addresses that a test wants, for one program: a mount namespace of its own, in which
another file stands in the place of /etc/hosts. Nobody else sees it."""

import shlex
import subprocess

import pytest

from bkes_process import BINARY
from namespaces import unshare


def with_hosts(directory, names, binary=BINARY):
    """A program that is `binary` where each name has these addresses, in this order:
    with_hosts(tmp_path, {"kafka.test": ["127.0.0.3", "127.0.0.11"]})"""
    hosts, program = directory / "hosts", directory / "with-hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(
        f"{address} {name}\n" for name, addresses in names.items() for address in addresses))
    contain = shlex.join([*unshare("--mount"), "sh", "-c"])
    mount = shlex.join(["mount", "--bind", str(hosts), "/etc/hosts"])
    # The signal at the parent's death is forgotten on the way into the namespace.
    run = f'exec setpriv --pdeathsig KILL {shlex.quote(str(binary))} "$@"'
    program.write_text(f"#!/bin/sh\nexec {contain} {shlex.quote(f'{mount} && {run}')} bkes \"$@\"\n")
    program.chmod(0o755)
    tried = subprocess.run([program, "version"], capture_output=True)
    if tried.returncode != 0:
        pytest.skip(f"no mount namespace: {tried.stderr.decode().strip()}")
    return program
