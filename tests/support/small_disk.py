"""A file system that is soon full, for which one has to be root."""

import contextlib
import os
import subprocess

import pytest


@contextlib.contextmanager
def small_disk(path, size_mb, *, image=None):
    """Mounts an empty file system at the path, and takes it away at the end: a tmpfs, or ext4 in the file `image`,
    which is on a disk."""
    path.mkdir(parents=True, exist_ok=True)
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if image:
        with open(image, "wb") as file:
            file.truncate(size_mb << 20)
        subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", "-m", "0", "-E", f"root_owner={os.getuid()}:{os.getgid()}",
                        image], check=True)
        kind = ["-o", "loop", image]
    else:
        kind = ["-t", "tmpfs", "-o", f"size={size_mb}m,uid={os.getuid()}", "tmpfs"]
    mounted = subprocess.run([*root, "mount", *kind, path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"can't mount {image or 'a tmpfs'}: {mounted.stderr.decode().strip()}")
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
