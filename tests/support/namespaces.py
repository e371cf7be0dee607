"""Programs in namespaces of their own, where the kernel lets this user make them."""

import os


def unshare(*options):
    """The words before a command that runs it so: [*unshare("--mount"), "true"]"""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *as_root, *options]
