"""The manifests agree with bkes and among themselves: a name that leads nowhere is silent in a cluster."""

import os
import re
import subprocess

import pytest

from manifests import (FOLDER, NAMESPACE, ROOT, config_map, containers, environment, kustomization, of_bkes,
                       of_kind, pods, pods_of, ports, workloads)

DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
OF_IMAGE = dict(one.split("=", 1) for one in re.search(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)[1].split())
# proxy/commands/serve.cpp: handing over, then connections, then batches, each at most 10 s.
SHUTDOWN_S = 30


def name_of(value):
    return value["name"] if isinstance(value, dict) and "name" in value else ""


each_bkes = pytest.mark.parametrize("pod, container", of_bkes(), ids=name_of)
each_pod = pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["spec"]["containers"][0]["name"])
each_policy = pytest.mark.parametrize("policy", of_kind("NetworkPolicy"), ids=lambda one: one["metadata"]["name"])


def is_router(container):
    return environment(container).get("BKES_ROLE") == "router"


def rules(policy):
    """(ingress or egress, rule)"""
    return [(way, rule) for way in ("ingress", "egress") for rule in policy["spec"].get(way, [])]


def peers(rule):
    return [peer for side in ("from", "to") for peer in rule.get(side, [])]


def test_each_file_is_listed():
    files = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(kustomization()["resources"])


@each_bkes
def test_bkes_takes_its_settings(pod, container):
    """Each variable is a setting, and none is overruled or changed."""
    given = {name: value for name, value in (OF_IMAGE | environment(container)).items() if name.startswith("BKES_")}
    done = subprocess.run([os.environ["BKES_TEST_BINARY"], "serve", "--print-config"], env=given,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    in_force = dict(line.split("=", 1) for line in done.stdout.splitlines() if not line.startswith("#"))
    for name, value in given.items():
        assert in_force[name.removeprefix("BKES_").lower().replace("_", ".")] == value


def test_all_are_of_one_group():
    groups = {environment(container)["BKES_GROUP_ID"] for _, container in of_bkes()}
    assert len(groups) == 1 and "" not in groups


@each_bkes
def test_ports_are_those_it_listens_on(pod, container):
    """As far as they are for others."""
    settings = environment(container)
    listened = [settings[name].rsplit(":", 1) for name in ("BKES_LISTENER", "BKES_ADMIN_LISTENER")]
    shown = {port["containerPort"] for port in container["ports"]}
    assert shown == {int(port) for host, port in listened if host != "127.0.0.1"}


@each_bkes
def test_probes_have_a_port(pod, container):
    named = {port["name"] for port in container["ports"]}
    probes = [container[kind] for kind in ("startupProbe", "livenessProbe", "readinessProbe") if kind in container]
    assert {"startupProbe", "livenessProbe"} <= container.keys()
    assert all(probe["httpGet"]["port"] in named for probe in probes)


def test_selectors_select():
    for workload in workloads():
        assert workload["spec"]["template"] in pods_of(workload["spec"]["selector"]["matchLabels"])
    for budget in of_kind("PodDisruptionBudget"):
        pods_of(budget["spec"]["selector"]["matchLabels"])
    for pod in pods():
        away_from = pod["spec"].get("affinity", {}).get("podAntiAffinity", {})
        for term in away_from.get("preferredDuringSchedulingIgnoredDuringExecution", []):
            assert pods_of(term["podAffinityTerm"]["labelSelector"]["matchLabels"]) == [pod]


def test_services_lead_to_ports():
    for service in of_kind("Service"):
        for pod in pods_of(service["spec"]["selector"]):
            assert all(ports(pod)[port["targetPort"]] == port["port"] for port in service["spec"]["ports"])


def test_owners_are_found_by_their_names():
    (owners,) = of_kind("StatefulSet")
    (service,) = [one for one in of_kind("Service") if one["metadata"]["name"] == owners["spec"]["serviceName"]]
    assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"]
    assert pods_of(service["spec"]["selector"]) == [owners["spec"]["template"]]
    (container,) = owners["spec"]["template"]["spec"]["containers"]
    port = ports(owners["spec"]["template"])["kafka"]
    name = f"bkes-0.{owners['spec']['serviceName']}.{NAMESPACE}.svc"
    assert environment(container)["BKES_ADVERTISED_LISTENER"] == f"{name}:{port}"


def test_store_is_on_the_volume():
    (owners,) = of_kind("StatefulSet")
    (container,) = owners["spec"]["template"]["spec"]["containers"]
    (mount,) = container["volumeMounts"]
    assert environment(container)["BKES_DATA_DIR"].startswith(mount["mountPath"] + "/")
    assert [one["metadata"]["name"] for one in owners["spec"]["volumeClaimTemplates"]] == [mount["name"]]


@each_policy
def test_policy_opens_ports_that_there_are(policy):
    selected = pods_of(policy["spec"]["podSelector"]["matchLabels"])
    for way, rule in rules(policy):
        assert way.capitalize() in policy["spec"]["policyTypes"]
        named = [pods_of(peer["podSelector"]["matchLabels"]) for peer in peers(rule) if "podSelector" in peer]
        for pod in selected if way == "ingress" else sum(named, []):
            assert {port["port"] for port in rule["ports"]} <= set(ports(pod).values())


def test_routers_are_let_in():
    """And nobody else but owners."""
    routers = [pod for pod in pods() if any(is_router(container) for container in containers(pod))]
    (owners,) = of_kind("StatefulSet")
    policy = next(one for one in of_kind("NetworkPolicy")
                  if pods_of(one["spec"]["podSelector"]["matchLabels"]) == [owners["spec"]["template"]])
    let_in = [pod for rule in policy["spec"]["ingress"] for peer in peers(rule) if "podSelector" in peer
              for pod in pods_of(peer["podSelector"]["matchLabels"])]
    assert routers and sorted(map(str, let_in)) == sorted(map(str, [owners["spec"]["template"], *routers]))


def test_brokers_are_within_reach():
    """The egress of owners has the port that they begin with."""
    port = int(config_map("bkes")["BKES_BOOTSTRAP_SERVERS"].rsplit(":", 1)[1])
    open_to_all = [one["port"] for policy in of_kind("NetworkPolicy") for rule in policy["spec"].get("egress", [])
                   if "to" not in rule for one in rule["ports"]]
    assert open_to_all == [port]


def test_application_asks_its_router():
    with_router = [(pod, one) for pod, one in of_bkes() if is_router(one)]
    assert with_router
    for pod, router in with_router:
        assert router["restartPolicy"] == "Always"
        settings = environment(router)
        assert settings["BKES_LISTENER"] == settings["BKES_ADVERTISED_LISTENER"]
        for application in pod["spec"]["containers"]:
            assert environment(application)["KAFKA_BOOTSTRAP_SERVERS"] == settings["BKES_ADVERTISED_LISTENER"]


@each_bkes
def test_there_is_time_to_end(pod, container):
    drain_s = int(environment(container).get("BKES_DRAIN_MS", "0")) / 1000
    assert pod["spec"]["terminationGracePeriodSeconds"] > drain_s + SHUTDOWN_S


@each_bkes
def test_memory_has_room_for_the_store(pod, container):
    def mebibytes(text):
        return int(text[:-2]) * {"Mi": 1, "Gi": 1024}[text[-2:]]
    resources = container["resources"]
    store = 0 if is_router(container) else int(environment(container)["BKES_STORE_MEMORY_BYTES"]) >> 20
    assert store < mebibytes(resources["requests"]["memory"]) <= mebibytes(resources["limits"]["memory"])


@each_pod
def test_pods_are_confined(pod):
    """As Kubernetes' level "restricted" wants it, which the namespace has."""
    own = pod["spec"]["securityContext"]
    assert own["runAsNonRoot"] and own["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    for container in containers(pod):
        context = own | container["securityContext"]
        assert context["runAsUser"] != 0 and context["readOnlyRootFilesystem"]
        assert context["allowPrivilegeEscalation"] is False and context["capabilities"] == {"drop": ["ALL"]}
        if container["image"] == "bkes":
            assert f"--uid {context['runAsUser']} " in DOCKERFILE


@each_pod
def test_no_service_becomes_a_setting(pod):
    assert pod["spec"]["enableServiceLinks"] is False
