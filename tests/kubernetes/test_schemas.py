"""What kustomize makes of docker/k8s is right by Kubernetes' own schemas, of the oldest version that is
promised and of a new one, with no field that they don't know.

Both programs come from their registries, so CI leaves this file out (label `registries`); one that can't
be fetched is a reason to skip.
"""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

from manifests import FOLDER, OBJECTS, ROOT, kustomization

TOOLS = ROOT / "build" / "tools"
KUSTOMIZE, VALIDATE = "5.6.0", "1.37.0"


def fetch(*command, **environment):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=os.environ | environment)
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    if done.returncode != 0:
        pytest.skip(f"{command[-1]} can't be fetched: {done.stderr[-300:]}")


@pytest.fixture(scope="session")
def kustomize():
    folder = TOOLS / f"kustomize-{KUSTOMIZE}"
    if not (folder / "kustomize").exists():
        fetch("go", "install", f"sigs.k8s.io/kustomize/kustomize/v5@v{KUSTOMIZE}", GOBIN=str(folder))
    return folder / "kustomize"


@pytest.fixture(scope="session")
def validate():
    folder = TOOLS / f"kubernetes-validate-{VALIDATE}"
    program = folder / "bin" / "kubernetes-validate"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        fetch(folder / "bin" / "pip", "install", "-q", f"kubernetes-validate=={VALIDATE}")
    return program


@pytest.fixture(scope="session")
def built(kustomize, tmp_path_factory):
    done = subprocess.run([kustomize, "build", FOLDER], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file = tmp_path_factory.mktemp("built") / "all.yaml"
    file.write_text(done.stdout)
    return file


def test_all_is_built(built):
    objects = list(yaml.safe_load_all(built.read_text()))
    assert sorted(one["kind"] for one in objects) == sorted(one["kind"] for one in OBJECTS)
    images = kustomization()["images"][0]
    assert built.read_text().count(f"image: {images['newName']}:{images['newTag']}\n") == 2


@pytest.mark.parametrize("version", ["1.29", VALIDATE])
def test_schemas(built, validate, version):
    done = subprocess.run([validate, "--strict", "-k", version, built], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" passed ") + done.stderr.count(" passed ") == len(OBJECTS)
