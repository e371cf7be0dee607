"""docker/k8s as it would stand in a cluster, as far as that can be told without one."""

import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docker" / "k8s"
NAMESPACE = "bkes"
# What the kubelet fills in.
FIELDS = {"metadata.name": "bkes-0", "metadata.namespace": NAMESPACE}


def kustomization():
    return yaml.safe_load((FOLDER / "kustomization.yaml").read_text())


def _generated(entry):
    lines = [line for file in entry["envs"] for line in (FOLDER / file).read_text().splitlines()]
    return {"kind": "ConfigMap", "metadata": {"name": entry["name"]},
            "data": dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))}


def _all():
    files = [yaml.safe_load_all((FOLDER / file).read_text()) for file in kustomization()["resources"]]
    return [one for file in files for one in file] + [
        _generated(entry) for entry in kustomization()["configMapGenerator"]]


OBJECTS = _all()


def of_kind(*kinds):
    return [one for one in OBJECTS if one["kind"] in kinds]


def workloads():
    return of_kind("StatefulSet", "Deployment")


def pods():
    """The pod templates."""
    return [one["spec"]["template"] for one in workloads()]


def containers(pod):
    return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]


def matches(labels, pod):
    return labels.items() <= pod["metadata"]["labels"].items()


def pods_of(labels):
    found = [pod for pod in pods() if matches(labels, pod)]
    assert found, f"no pod has {labels}"
    return found


def config_map(name):
    (found,) = [one["data"] for one in of_kind("ConfigMap") if one["metadata"]["name"] == name]
    return found


def _value(variable):
    if "value" in variable:
        return variable["value"]
    source = variable["valueFrom"]
    if "fieldRef" in source:
        return FIELDS[source["fieldRef"]["fieldPath"]]
    return config_map(source["configMapKeyRef"]["name"])[source["configMapKeyRef"]["key"]]


def environment(container):
    """Its variables; a value may name those above it."""
    known = {}
    for source in container.get("envFrom", []):
        known |= config_map(source["configMapRef"]["name"])
    for variable in container.get("env", []):
        known[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda found: known[found[1]], _value(variable))
    return known


def of_bkes():
    """(pod, container) of each that runs bkes."""
    return [(pod, one) for pod in pods() for one in containers(pod) if one["image"] == "bkes"]


def ports(pod):
    """{name: number} of the ports that its containers show."""
    return {port["name"]: port["containerPort"] for one in containers(pod) for port in one.get("ports", [])}
