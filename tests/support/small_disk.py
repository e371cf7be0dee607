"""A file system that is soon full: a tmpfs, for which one has to be root."""

import contextlib
import os
import subprocess

import pytest


@contextlib.contextmanager
def small_disk(path, size_mb):
    """Mounts an empty file system at the path, and takes it away at the end."""
    path.mkdir(parents=True, exist_ok=True)
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mounted = subprocess.run([*root, "mount", "-t", "tmpfs", "-o",
                              f"size={size_mb}m,uid={os.getuid()}", "tmpfs", path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"can't mount a tmpfs: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run([*root, "umount", "--lazy", path], check=True)


def fill(path, leave_bytes=0):
    """Takes all room but that; returns the file to delete."""
    ballast = path / "ballast"
    free = os.statvfs(path)
    size = free.f_bavail * free.f_frsize - leave_bytes
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(size, 1))
    return ballast
