"""What ships beside the program: the unit, the manifests, the image, the package."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from stage import Programs, certify

ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf"
UNIT = CONF / "systemd" / "portico.service"
# The release whose schemas the manifests are held against: an old one, so that all newer ones do.
KUBERNETES = "1.30"
# As `systemd-analyze security` rates it: 0 is shut, 10 is open.
EXPOSURE = 2.0


def manifests() -> Iterator[Any]:
    """Every document of the manifests."""
    for file in sorted((CONF / "kubernetes").glob("*.yml")):
        for document in yaml.safe_load_all(file.read_text()):
            yield pytest.param(document, id=f"{file.stem}-{document['kind']}")


def of_kind(kind: str) -> Any:
    """The only manifest of a kind."""
    (found,) = (it.values[0] for it in manifests() if it.values[0]["kind"] == kind)
    return found


@pytest.mark.parametrize("document", list(manifests()))
def test_a_manifest_fits_the_schema(document: Any) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_manifests_belong_together() -> None:
    pod = of_kind("Deployment")["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    for kind in ("PodDisruptionBudget", "Deployment"):
        assert of_kind(kind)["spec"]["selector"]["matchLabels"].items() <= labels
    (container,) = pod["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    services = [it.values[0] for it in manifests() if it.values[0]["kind"] == "Service"]
    assert {port["targetPort"] for it in services for port in it["spec"]["ports"]} == set(ports)
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    listeners = tomllib.loads(of_kind("ConfigMap")["data"]["portico.toml"])["listeners"]
    listening = {name: int(it["address"].rpartition(":")[2]) for name, it in listeners.items()}
    assert listening == ports


def test_the_end_of_a_pod_leaves_time_to_finish() -> None:
    process = tomllib.loads(of_kind("ConfigMap")["data"]["portico.toml"])["process"]
    needed = sum(int(process[name].rstrip("s")) for name in ("grace_period", "shutdown_timeout"))
    spec = of_kind("Deployment")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > needed


def test_the_configuration_of_the_pods_is_one(programs: Programs, tmp_path: Path) -> None:
    certify(tmp_path, 1)
    text = of_kind("ConfigMap")["data"]["portico.toml"].replace("/var/lib/portico", str(tmp_path))
    for file, made in (("tls.crt", "s3.pem"), ("tls.key", "s3.key")):
        text = text.replace(f"/etc/portico/tls/{file}", str(tmp_path / made))
    (tmp_path / "portico.toml").write_text(text)
    secrets = {"PORTICO__AUTH__SECRETS": '["a secret of thirty-two bytes or more"]'}
    command = [programs.portico, "check", "--conf", "portico.toml"]
    ran = subprocess.run(command, cwd=tmp_path, env=secrets, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_the_unit_is_sound_and_shut(programs: Programs, tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/portico", programs.portico))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    level = re.search(r"Overall exposure level for portico.service: ([\d.]+)", rated.stdout)
    assert level, rated.stdout
    assert float(level[1]) <= EXPOSURE


def test_the_image_runs_nothing_as_root_and_holds_what_it_copies() -> None:
    lines = (ROOT / "Containerfile").read_text().splitlines()
    own = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert any(re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", line) for line in own)
    copied = [line.split()[1] for line in own if line.startswith("COPY ") and "--from" not in line]
    assert copied
    assert all((ROOT / path).exists() for path in copied)


def test_the_package_holds_what_there_is() -> None:
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    package = manifest["package"]["metadata"]["deb"]
    for asset in package["assets"]:
        source = asset["source"]
        assert source == "target/release/portico" or list(ROOT.glob(source)), source
    units = package["systemd-units"]
    assert (ROOT / units["unit-scripts"] / UNIT.name).exists()
    # Without them systemd would not be told of the unit.
    assert (ROOT / package["maintainer-scripts"] / "postinst").exists()
    # The symbols are beside it, and there are some.
    assert package["dbgsym"] and manifest["profile"]["release"]["debug"]
