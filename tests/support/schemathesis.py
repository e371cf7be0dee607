"""Schemathesis, which makes requests from an OpenAPI document and holds the answers against it; from
Python's registry, in build/tools."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = "4.32.5"


def _program():
    folder = ROOT / "build" / "tools" / f"schemathesis-{VERSION}"
    program = folder / "bin" / "st"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        fetched = subprocess.run([folder / "bin" / "pip", "install", "-q", f"schemathesis=={VERSION}"],
                                 capture_output=True, text=True)
        if fetched.returncode != 0:
            pytest.skip("Schemathesis can't be fetched: " + fetched.stderr[-300:])
    return program


def run(document, url, *arguments, directory):
    """subprocess.CompletedProcess of one run, with the output as text."""
    return subprocess.run([_program(), "run", document, "--url", url, "--no-color", *arguments], cwd=directory,
                          capture_output=True, text=True, timeout=300)
