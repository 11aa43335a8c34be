"""A tenant's life, from the system's administrator to the last user's leave, with nothing but Portico."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from support import manage, rest
from support.boto import Client, body_of, keys_of, refused
from support.manage import Manager, Tenant
from support.shell import Shell, shells
from support.target import Target

NAMESPACE = "letters"
OBJECTS = {"1912/a letter.txt": b"dear", "1912/ä+ö.txt": b"sister", "list": b"x" * 4096}
PERMISSIONS = ["BROWSE", "DELETE", "READ", "SEARCH", "WRITE"]


@pytest.fixture
def shell(target: Target, tmp_path: Path) -> Shell:
    """curl to Portico under HCP's names."""
    return shells(target, tmp_path)[0]


def furnish(tenant: Tenant, admin: Manager, clerk: Manager) -> None:
    """A namespace, and somebody who may write there but manages nothing."""
    document = {"name": NAMESPACE, "searchEnabled": True, "description": "Straßen & more"}
    made = admin("PUT", f"{tenant.path}/namespaces", document)
    assert made == {"status": "created", "name": NAMESPACE}
    assert admin("GET", f"{tenant.path}/namespaces/{NAMESPACE}")["description"] == "Straßen & more"
    clerk.refused(403, "GET", f"{tenant.path}/statistics")
    given = {"namespaceName": NAMESPACE, "permissions": {"permission": PERMISSIONS}}
    path = f"{tenant.path}/userAccounts/{clerk.who.user}/dataAccessPermissions"
    admin("POST", path, {"namespacePermission": [given]})
    shown = admin("GET", path)["namespacePermission"]
    assert [one["namespaceName"] for one in shown] == [NAMESPACE]
    assert sorted(shown[0]["permissions"]["permission"]) == PERMISSIONS


def store(s3: Client) -> None:
    for key, body in OBJECTS.items():
        s3.put_object(Bucket=NAMESPACE, Key=key, Body=body)
    listed = [key for key in keys_of(s3, NAMESPACE) if not key.endswith("/")]  # but HCP's folders
    assert listed == sorted(OBJECTS)
    assert {key: body_of(s3, NAMESPACE, key) for key in OBJECTS} == OBJECTS


def find(tenant: Tenant, clerk: Manager) -> None:
    """What S3 stored, the metadata query finds."""
    question = {
        "query": '+objectPath:"/1912"',
        "objectProperties": ["objectPath", "size"],
        "sort": "size+asc",
    }
    found = clerk.query("objects", question)
    assert found["status"]["code"] == "COMPLETE"
    records = [(one["objectPath"], one["size"]) for one in found["resultSet"]]
    assert records == [(f"/{key}", len(body)) for key, body in OBJECTS.items() if key.startswith("1912/")]
    assert operations(tenant, clerk, "create") == sorted(OBJECTS)


def operations(tenant: Tenant, clerk: Manager, transaction: str) -> list[str]:
    """The keys that something was done to."""
    wanted = {
        "namespaces": {"namespace": [f"{NAMESPACE}.{tenant.name}"]},
        "transactions": {"transaction": [transaction]},
    }
    answer = clerk.query("operations", {"verbose": True, "systemMetadata": wanted})
    done = {"create": "CREATED", "delete": "DELETED"}[transaction]
    assert {one["operation"] for one in answer["resultSet"]} == {done}
    return sorted(one["objectPath"].removeprefix("/") for one in answer["resultSet"])


def report(tenant: Tenant, admin: Manager, shell: Shell) -> None:
    """What is there and what moved, as JSON, and as CSV for whoever writes the bills."""
    wanted = {"objectCount": len(OBJECTS), "ingestedVolume": sum(map(len, OBJECTS.values()))}
    for path in (tenant.path, f"{tenant.path}/namespaces/{NAMESPACE}"):
        said = admin("GET", f"{path}/statistics")
        assert {name: said[name] for name in wanted} == wanted
    rows = admin("GET", f"{tenant.path}/chargebackReport", granularity="total")["chargebackData"]
    assert [row["namespaceName"] for row in rows] == [NAMESPACE, None]
    wanted |= {"writes": len(OBJECTS), "bytesIn": wanted["ingestedVolume"]}
    assert [{name: row[name] for name in wanted} for row in rows] == [wanted, wanted]
    bill = shell(
        tenant.host, f"{tenant.path}/chargebackReport", "-H", "Accept: text/csv",
        "-H", f"Authorization: Bearer {admin.bearer}",
    )  # fmt: skip
    assert (bill.status, bill.headers["content-type"].partition(";")[0]) == (200, "text/csv")
    lines = list(csv.DictReader(bill.body.decode().splitlines()))
    assert [line["namespaceName"] for line in lines] == [NAMESPACE, ""]
    assert [{name: int(line[name]) for name in wanted} for line in lines] == [wanted, wanted]


def clear(tenant: Tenant, admin: Manager, clerk: Manager, s3: Client) -> None:
    """Nothing goes before what it holds."""
    namespace = f"{tenant.path}/namespaces/{NAMESPACE}"
    assert "not empty" in admin.refused(403, "DELETE", namespace)
    kept = manage.dismiss(tenant.root, tenant.name)
    assert (kept.status_code, bool(kept.headers["X-HCP-ErrorMessage"])) == (403, True)
    for key in sorted(keys_of(s3, NAMESPACE), reverse=True):  # the deepest first
        s3.delete_object(Bucket=NAMESPACE, Key=key)
    assert operations(tenant, clerk, "delete") == sorted(OBJECTS)
    admin("DELETE", namespace)
    assert "not found" in admin.refused(404, "GET", namespace)
    with refused(404, code="NoSuchBucket"):
        s3.list_objects_v2(Bucket=NAMESPACE)


def leave(tenant: Tenant, clerk: Manager, s3: Client) -> None:
    """A login still gives a token, as nobody is asked there; it opens nothing."""
    assert s3.list_buckets()["Buckets"] == []
    tenant.security("DELETE", f"{tenant.path}/userAccounts/{clerk.who.user}")
    with refused(403):
        s3.list_buckets()
    again = Manager(tenant.target, clerk.who)
    for manager in (clerk, again):
        manager.refused(403, "GET", f"{tenant.path}/namespaces")
    for keys in (clerk.who.own_keys, rest.credentials(tenant.target, clerk.who)):
        with refused(403):
            tenant.s3(keys).list_buckets()


def test_a_tenant_from_its_first_day_to_its_last(tenant: Tenant, shell: Shell) -> None:
    admin = tenant.hire("ada", "second day 2", "ADMINISTRATOR", "MONITOR")
    clerk = tenant.hire("ben", "third day 3")
    assert sorted(tenant.security("GET", f"{tenant.path}/userAccounts")["username"]) == ["ada", "ben", "sue"]
    s3 = tenant.s3(rest.credentials(tenant.target, clerk.who))
    furnish(tenant, admin, clerk)
    store(s3)
    find(tenant, clerk)
    report(tenant, admin, shell)
    clear(tenant, admin, clerk, s3)
    leave(tenant, clerk, s3)
    ended = manage.dismiss(tenant.root, tenant.name)
    assert (ended.status_code, ended.content) == (200, b"")
    assert tenant.root.ask("HEAD", tenant.path).status_code == 404
    assert tenant.name not in tenant.root("GET", "/tenants")["name"]
    assert tenant.security.ask("GET", tenant.path).status_code == 403
