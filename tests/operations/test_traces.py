"""Traces, metrics and lines reach a collector that is nobody's relation, whole and without secrets."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

import certificates
import simulator
from collector import Collector, Span, over_grpc, over_http
from house import Value
from prometheus import until
from stage import TIMEOUT, Programs, Stage, staged

SERVER, CLIENT = 2, 3
ERROR = 2
# In their order; `filter` only where there is anything to change.
PHASES = ("accept", "route", "authenticate", "authorize", "handle", "log")
# A header for the collector, which is a secret.
KEY = "the key of the collector"


def telemetry(url: str, **more: Value) -> dict[str, dict[str, Value]]:
    """Sections of a house that tells a collector of everything, soon."""
    own: dict[str, Value] = {
        "log_format": "json",
        "otlp_endpoint": url,
        "otlp_headers": f"x-collector-key={KEY}",
        "service_name": "front",
        "resource_attributes": "deployment.environment.name=stories",
        "export_interval": "50ms",
        "metrics_interval": "100ms",
    }
    return {"telemetry": {**own, **more}}


@contextmanager
def told(programs: Programs, collector: Collector, **more: Value) -> Iterator[Stage]:
    """The house, and buckets in it."""
    with staged(programs, telemetry(collector.url, **more)) as stage:
        stage.traffic()
        yield stage


@pytest.fixture(scope="module", params=["http/protobuf", "grpc"])
def observed(programs: Programs, request: pytest.FixtureRequest) -> Iterator[tuple[Stage, Collector]]:
    """A house with some traffic, and its collector, by either protocol."""
    receiving = over_grpc if request.param == "grpc" else over_http
    with receiving() as collector, told(programs, collector, otlp_protocol=request.param) as stage:
        yield stage, collector


class Client:
    """A client whose requests belong to a trace of its own."""

    def __init__(self, stage: Stage, flags: str = "01") -> None:
        self.stage = stage
        self.id, self.trace, self.span = secrets.token_hex(8), secrets.token_hex(16), secrets.token_hex(8)
        self.headers = {
            **stage.bearer(),
            "X-Request-ID": self.id,
            "traceparent": f"00-{self.trace}-{self.span}-{flags}",
            "tracestate": "vendor=word",
        }

    def s3(self, method: str, path: str, body: bytes = b"") -> requests.Response:
        """Asks at the S3 door."""
        return self._ask(method, f"{self.stage.house.s3}{path}", body)

    def api(self, method: str, path: str, body: bytes = b"") -> requests.Response:
        """Asks at the REST door."""
        return self._ask(method, f"{self.stage.house.api}{path}", body)

    def _ask(self, method: str, url: str, body: bytes) -> requests.Response:
        own = str(self.stage.folder / "s3.pem")
        return requests.request(method, url, headers=self.headers, data=body, timeout=TIMEOUT, verify=own)

    def line(self) -> dict[str, Any]:
        """The line of the request in the access log."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [line for line in self.stage.lines() if line.get("request_id") == self.id]
            return bool(found)

        until(there, "the line of the request")
        return found[0]

    def at_the_store(self) -> list[dict[str, Any]]:
        """What the store was asked in the name of this trace."""
        arrived = self.stage.arrived()
        return [one for one in arrived if self.trace in one["headers"].get("traceparent", "")]


def upstream(collector: Collector, span: Span) -> list[Span]:
    """The requests to the store below a span."""
    return [
        one for one in collector.within(span) if one.kind == CLIENT and "server.address" in one.attributes
    ]


def in_order(span: Span, below: list[Span]) -> list[Span]:
    """The phases of a request as they began: each of them its own, inside of it, and one after the other."""
    phases = sorted((one for one in below if one.name in PHASES), key=lambda one: one.start)
    assert all(one.parent == span.id for one in phases), phases
    times = [span.start, *(time for one in phases for time in (one.start, one.end)), span.end]
    assert times == sorted(times), phases
    return phases


def whole(client: Client, collector: Collector) -> Span:
    """The span of the request; its trace is whole, from the client to the store and into the log."""
    span = collector.request(client.id)
    assert (span.trace, span.parent, span.kind) == (client.trace, client.span, SERVER)
    below = collector.wait(lambda: upstream(collector, span) and collector.within(span), "the upstream span")
    phases = in_order(span, below)
    assert [one.name for one in phases] == list(PHASES), phases
    for one in below:
        assert phases[0].start <= one.start <= one.end, one
    asked = client.at_the_store()
    named = [one["headers"]["traceparent"] for one in asked]
    sent = [f"00-{one.trace}-{one.id}-01" for one in upstream(collector, span)]
    assert named == sent, (named, sent)
    assert all(one["headers"]["tracestate"] == "vendor=word" for one in asked)
    line = client.line()
    assert (line["trace_id"], line["span_id"]) == (span.trace, span.id)
    return span


def test_a_request_that_is_passed_on_is_one_trace(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    assert client.s3("PUT", "/watched/traced", b"content").status_code == 200
    span = whole(client, collector)
    assert span.name == "PUT s3"
    about = {
        "http.request.method": "PUT",
        "http.route": "s3",
        "url.path": "/watched/traced",
        "url.scheme": "https",
        "http.response.status_code": 200,
        "http.request.body.size": 7,
        "server.address": "127.0.0.1",
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "portico.request_id": client.id,
        "portico.listener": "s3",
        "portico.operation": "PutObject",
        "portico.tenant": simulator.USERS[0].tenant,
        "portico.way": "bearer",
        "enduser.id": simulator.USERS[0].user,
    }
    assert about.items() <= span.attributes.items()
    [call] = upstream(collector, span)
    assert call.attributes["http.response.status_code"] == 200, call
    assert call.attributes["server.address"].endswith(simulator.DOMAIN)
    resource = {"service.name": "front", "deployment.environment.name": "stories"}
    assert all(resource.items() <= one.items() for one in collector.resources)
    assert all(headers["x-collector-key"] == KEY for headers in collector.headers)


def test_a_request_that_is_answered_here_is_one_trace(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    assert client.api("GET", "/api/v1/buckets/watched/objects/object").status_code == 200
    span = whole(client, collector)
    assert span.name == "GET /api/v1/buckets/{bucket}/objects/{*rest}", span.name
    assert "reply" in {one.name for one in collector.within(span)}


def test_a_request_that_is_refused_at_the_door_is_one_trace(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    client.headers["X_Forwarded-For"] = "192.0.2.1"
    assert client.api("GET", "/api/v1/buckets").status_code == 400
    span = collector.request(client.id)
    below = collector.within(span)
    assert [one.name for one in in_order(span, below)] == ["accept", "route", "log"], below
    assert "reply" in {one.name for one in below}
    assert (client.line()["trace_id"], client.line()["span_id"]) == (client.trace, span.id)


def test_health_checks_and_scrapes_are_not_followed(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    machine, client = Client(stage), Client(stage)
    assert machine.api("GET", "/readiness").status_code == 200
    scraped = requests.get(f"{stage.house.admin}/metrics", headers=machine.headers, timeout=TIMEOUT)
    assert scraped.status_code == 200
    client.api("GET", "/api/v1/buckets")
    whole(client, collector)
    assert machine.trace not in {span.trace for span in collector.spans}
    # A bucket may have such a name.
    client.s3("GET", "/readiness")
    collector.wait(lambda: collector.named("GET s3", url__path="/readiness"), "the bucket's request")


def test_management_is_one_trace(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    client.api("GET", f"/mapi/tenants/{simulator.USERS[0].tenant}?verbose=true&password=hush")
    span = whole(client, collector)
    assert span.attributes["url.query"] == "verbose=true&password=REDACTED"


def test_the_cache_tells_whether_the_store_was_asked(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    hits = []
    for _ in range(2):
        client = Client(stage)
        assert client.api("GET", "/api/v1/buckets").status_code == 200
        span = collector.request(client.id)
        [look] = [one for one in collector.within(span) if one.name == "cache.get"]
        assert look.attributes["cache.operation"] == "ListBuckets"
        hits.append((look.attributes["cache.hit"], len(upstream(collector, span))))
    assert hits[1] == (True, 0)


def test_work_on_a_table_is_part_of_the_trace(observed: tuple[Stage, Collector]) -> None:
    """Its requests to the store stand below it, though it runs on threads of its own."""
    stage, collector = observed
    client = Client(stage)
    client.headers["Content-Type"] = "application/x-ndjson"
    name = f"t{secrets.token_hex(4)}"
    written = client.api("POST", f"/api/v1/lance/tables/{name}?bucket=watched", b'{"id": 1}\n')
    if written.status_code == 404 and not os.environ.get("LANCE"):
        pytest.skip("Portico is built without Lance")
    assert written.status_code == 201, written.text
    span = collector.request(client.id)

    def works() -> list[Span]:
        return [one for one in collector.within(span) if one.name.startswith("lance ")]

    collector.wait(lambda: len(works()) == 2, "the spans of the table")
    probe, write = sorted(works(), key=lambda one: one.start)
    assert (probe.name, write.name) == ("lance probe", "lance write")
    below = [one.id for work in (probe, write) for one in upstream(collector, work)]
    assert sorted(below) == sorted(one.id for one in upstream(collector, span))
    # What looks whether the version is there, and what makes it.
    commits = [one for one in client.at_the_store() if "/_versions/" in one["path"]]
    assert {"HEAD", "PUT"} <= {one["method"] for one in commits}, commits


def test_a_job_has_a_trace_of_its_own_and_names_its_request(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    assert client.api("POST", "/api/v1/buckets/watched/objects/s3_stats").status_code == 202
    request = collector.request(client.id)
    linked = lambda span: any(trace == request.trace for trace, _ in span.links)
    job = collector.wait(lambda: next(filter(linked, collector.spans), None), "the job")
    assert (job.parent, job.trace != request.trace) == ("", True)
    [(_, ordered)] = job.links
    assert ordered in {span.id for span in collector.within(request)}
    assert job.name == f"job {job.attributes['portico.job.kind']}"
    assert job.attributes["portico.job.outcome"] == "done"
    steps = [span for span in collector.within(job) if span.name == "job.step"]
    assert steps and upstream(collector, steps[0])


def test_the_five_figures_of_the_contract_are_there(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    for _ in range(2):
        Client(stage).api("GET", "/api/v1/buckets")
    requested = ("http.server.request.duration", "http.server.request.count")
    cached = ("cache.hits", "cache.misses", "cache.errors")
    collector.wait(lambda: set(requested + cached) <= collector.figures.keys(), "the five figures")
    for name in requested:
        data = collector.figures[name][-1]
        points = data.histogram.data_points if "duration" in name else data.sum.data_points
        labels = {pair.key for point in points for pair in point.attributes}
        assert labels == {"http.method", "http.status_code", "http.route"}
    assert collector.figures["http.server.request.duration"][-1].unit == "ms"
    hits = lambda: sum(point.as_int for point in collector.figures["cache.hits"][-1].sum.data_points)
    counted = requests.get(f"{stage.house.admin}/metrics", timeout=TIMEOUT).text.splitlines()
    of_hits = [line for line in counted if line.startswith("portico_cache_requests_total{")]
    of_hits = [line for line in of_hits if 'result="hit"' in line or 'result="shared"' in line]
    sum_of_hits = sum(int(line.rsplit(" ", 1)[1]) for line in of_hits)
    assert sum_of_hits > 0
    collector.wait(lambda: hits() == sum_of_hits, "as many hits as /metrics tells")


def test_lines_of_the_log_come_with_their_trace(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    client = Client(stage)
    client.s3("GET", "/watched/nothing-here")
    span = collector.request(client.id)
    mine = lambda record: record.trace_id.hex() == span.trace and record.body.string_value.startswith("GET ")
    record = collector.wait(lambda: next(filter(mine, collector.lines), None), "the line")
    assert record.span_id.hex() == span.id
    assert record.body.string_value == client.line()["msg"]


def knock(stage: Stage) -> None:
    """A connection that is no TLS, and so leaves a line of the door at level debug."""

    def refused() -> float:
        text = requests.get(f"{stage.house.admin}/metrics", timeout=TIMEOUT).text
        lines = [line for line in text.splitlines() if line.startswith("portico_connections_refused_total{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    before, door = refused(), urlsplit(stage.house.s3)
    with socket.create_connection((str(door.hostname), int(door.port or 0)), TIMEOUT) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while client.recv(1024):
            pass
    until(lambda: refused() > before, "the connection is refused")


def all_told(stage: Stage, collector: Collector) -> None:
    """Waits until the collector has every line so far: they come in their order."""
    last = Client(stage)
    assert last.api("GET", "/api/v1/buckets").status_code == 200
    told = lambda: any(record.trace_id.hex() == last.trace for record in collector.lines)
    collector.wait(told, "the line of the last request")


def test_the_operator_steers_what_the_collector_is_told(programs: Programs) -> None:
    token = secrets.token_hex(32)
    operator = {"Authorization": f"Bearer {token}"}
    with over_http() as collector:
        sections = {**telemetry(collector.url), "admin": {"token": token}}
        with staged(programs, sections) as stage:
            log = f"{stage.house.admin}/api/v1/log"
            debug = lambda: [record for record in collector.lines if record.severity_text == "DEBUG"]
            knock(stage)
            all_told(stage, collector)
            assert not debug()

            wanted = {"filter": "info,portico::server::door=debug"}
            assert requests.put(log, json=wanted, headers=operator, timeout=TIMEOUT).status_code == 200
            knock(stage)
            all_told(stage, collector)
            until(lambda: bool(debug()), "the line of the door")
            [line] = debug()
            assert line.body.string_value == "connection closed", line
            assert "s3" in [pair.value.string_value for pair in line.attributes if pair.key == "listener"]

            assert requests.delete(log, headers=operator, timeout=TIMEOUT).status_code == 200
            knock(stage)
            all_told(stage, collector)
            assert debug() == [line]
            assert not [text for text in collector.texts if token in text]


def test_nothing_that_was_told_is_a_secret(observed: tuple[Stage, Collector]) -> None:
    stage, collector = observed
    bearer = stage.bearer()["Authorization"].removeprefix("Bearer ")
    stray = f"/api/v1/buckets?token={bearer}&password={simulator.USERS[0].password}&X-Amz-Signature=5eb05eb0"
    client = Client(stage)
    client.api("GET", stray)
    collector.request(client.id)
    hidden = [bearer, "5eb05eb0", KEY, client.headers["Authorization"]]
    for who in simulator.USERS:
        derived = hashlib.md5(who.password.encode(), usedforsecurity=False).hexdigest()
        hidden += [who.password, derived, base64.b64encode(derived.encode()).decode()]
    for request in stage.arrived():
        signed = request["headers"].get("authorization", "")
        hidden += [part.removeprefix("Signature=") for part in signed.split(", ") if "Signature=" in part]
    assert len(hidden) > 10 and len(collector.texts) > 5
    for text in collector.texts:
        assert not [secret for secret in hidden if secret in text]


def test_who_is_not_followed_leaves_no_span(programs: Programs) -> None:
    with over_http() as collector, told(programs, collector, sampling=0.0) as stage:
        unfollowed = Client(stage, flags="00")
        assert unfollowed.s3("GET", "/watched/object").status_code == 200
        line = unfollowed.line()
        assert line["trace_id"] == unfollowed.trace and "span_id" not in line
        [asked] = unfollowed.at_the_store()
        assert asked["headers"]["traceparent"] == unfollowed.headers["traceparent"]
        followed = Client(stage)
        followed.s3("GET", "/watched/object")
        whole(followed, collector)
        assert {span.trace for span in collector.spans} == {followed.trace}
        assert "trace_id" not in stage.lines()[-1] or stage.lines()[-1]["trace_id"] == followed.trace


def test_what_goes_on_untouched_stays_so(programs: Programs) -> None:
    with over_http() as collector, told(programs, collector) as stage:
        client = Client(stage)
        own = f"{simulator.USERS[0].tenant}.{simulator.DOMAIN}"
        signed = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, "
        signed += "SignedHeaders=host;traceparent, Signature=" + "0" * 64
        client.headers |= {"Host": own, "Authorization": signed}
        client.s3("GET", "/watched/object")
        [asked] = client.at_the_store()
        assert asked["headers"]["traceparent"] == client.headers["traceparent"]
        assert collector.request(client.id).trace == client.trace


def test_a_store_that_is_not_to_be_told_is_not(programs: Programs) -> None:
    with over_http() as collector, told(programs, collector, propagate=False, follow_clients=False) as stage:
        client = Client(stage, flags="00")
        for path in ("/api/v1/buckets/watched/objects/object", "/api/v1/buckets"):
            assert client.api("GET", path).status_code == 200
        # The client's own word does not count here: `sampling` says all.
        assert collector.request(client.id).trace == client.trace
        assert not client.at_the_store()


def test_a_collector_that_is_away_harms_nobody(programs: Programs) -> None:
    with over_http() as gone:
        url = gone.url
    sections = telemetry(url, queue=64, otlp_timeout="500ms")
    with staged(programs, sections) as stage:
        stage.traffic()
        good = stage.bearer()
        for _ in range(100):
            assert stage.get("/watched/object", good) == 200

        def dropped() -> set[str]:
            text = requests.get(f"{stage.house.admin}/metrics", timeout=TIMEOUT).text
            lines = [
                line for line in text.splitlines() if line.startswith("portico_telemetry_dropped_total{")
            ]
            return {line.split('"')[1] for line in lines if not line.endswith(" 0")}

        until(lambda: dropped() == {"traces", "metrics", "logs"}, "what is lost is counted")
        complaints = lambda: [line for line in stage.lines() if "telemetry is not taken" in line["msg"]]
        until(lambda: len(complaints()) >= 3, "it is said")
        said = complaints()
        assert len(said) == 3 and {line["signal"] for line in said} == {"traces", "metrics", "logs"}
        assert stage.get("/watched/object", good) == 200


def test_the_last_request_is_told_at_the_end(programs: Programs) -> None:
    with over_http() as collector, told(programs, collector, export_interval="1h") as stage:
        client = Client(stage)
        client.s3("GET", "/watched/object")
        client.line()
        assert not collector.named("GET s3")
        stage.end()
        whole(client, collector)


def test_the_console_shows_spans_when_it_is_asked_for(programs: Programs) -> None:
    with staged(programs, telemetry("", traces_exporter="console")) as stage:
        client = Client(stage)
        client.s3("GET", "/watched/object")
        shown = lambda: stage.house.log.read_text().partition("GET s3")[2]
        until(lambda: client.id in shown(), "the span of the request")
        assert client.line()["trace_id"] == client.trace


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_collector_behind_tls_is_known_by_its_authority(
    programs: Programs, tmp_path: Path, protocol: str
) -> None:
    receiving = over_grpc if protocol == "grpc" else over_http
    own = certificates.make(tmp_path, [])
    with receiving(own) as collector:
        trusted: dict[str, Value] = {"otlp_protocol": protocol, "otlp_ca_file": str(own.ca)}
        with told(programs, collector, **trusted) as stage:
            client = Client(stage)
            client.s3("GET", "/watched/object")
            whole(client, collector)
        # The system's authorities have not heard of it.
        unknown: dict[str, Value] = {"otlp_protocol": protocol, "service_name": "unbelieved"}
        with told(programs, collector, **unknown) as stage:
            said = lambda: [line for line in stage.lines() if "telemetry is not taken" in line["msg"]]
            until(lambda: len(said()) >= 3, "it is not believed")
        assert not [text for text in collector.texts if "unbelieved" in text]
