"""The ways to ask: each opens what stays open, and gives what asks once."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

# Asks once, near this vector; gives the numbers of the rows.
Ask = Callable[[list[float]], list[int]]

REST, CLIENT, OPENING = "portico, REST", "client", "client, opens each time"
SMALL = "small GET"


def _rest(order: dict[str, Any]) -> Ask:
    """Through Portico, over a connection that is kept."""
    send = _kept_connection(order["rest"])

    def ask(vector: list[float]) -> list[int]:
        said = send("POST", json.dumps({**order["search"], "vector": vector}))
        return _whole([row["id"] for row in json.loads(said)["rows"]], order)

    return ask


def _client(order: dict[str, Any]) -> Ask:
    """LanceDB's own, straight at the store; its table stays open, or is opened each time."""
    # Only who needs it has it in memory.
    from lance_base import database

    search, base = order["search"], database(order)
    kept, opens = base.open_table(search["table"]), order["way"] == OPENING

    def ask(vector: list[float]) -> list[int]:
        table = base.open_table(search["table"]) if opens else kept
        query = table.search(vector).nprobes(search["nprobes"])
        found = query.select(search["select"]).limit(search["limit"]).to_list()
        return _whole([row["id"] for row in found], order)

    return ask


def _small(order: dict[str, Any]) -> Ask:
    """The small object through the S3 door, over a connection that is kept."""
    send = _kept_connection(order["get"])

    def ask(_vector: list[float]) -> list[int]:
        if len(send("GET", None)) != order["size"]:
            raise ValueError("the small object is not what comes back")
        return []

    return ask


def _kept_connection(where: dict[str, Any]) -> Callable[[str, str | None], bytes]:
    host, _, port = where["address"].partition(":")
    connection = HTTPConnection(host, int(port), timeout=120)

    def send(method: str, body: str | None) -> bytes:
        connection.request(method, where["path"], body, where["headers"])
        response = connection.getresponse()
        said = response.read()
        if response.status != 200:
            raise ValueError(f"portico answers {response.status}: {said[:500]!r}")
        return said

    return send


def _whole(ids: list[int], order: dict[str, Any]) -> list[int]:
    if len(ids) != order["search"]["limit"]:
        raise ValueError(f"{len(ids)} rows")
    return ids


WAYS: dict[str, Callable[[dict[str, Any]], Ask]] = {
    REST: _rest,
    CLIENT: _client,
    OPENING: _client,
    SMALL: _small,
}
