"""An OpenTelemetry collector in this process, made of Google's gRPC and the project's own messages for
Python: nothing that Portico has in it too.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Whoever starts programs forks, and what gRPC does then ends them.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import grpc
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.metrics.v1 import (
    metrics_service_pb2_grpc as metrics_grpc,
)
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc

from certificates import Certificate

PATIENCE = 30.0
PATHS = {
    "/v1/traces": (trace.ExportTraceServiceRequest, trace.ExportTraceServiceResponse),
    "/v1/metrics": (metrics.ExportMetricsServiceRequest, metrics.ExportMetricsServiceResponse),
    "/v1/logs": (logs.ExportLogsServiceRequest, logs.ExportLogsServiceResponse),
}


@dataclass(frozen=True)
class Span:
    """A span, as it came."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    start: int
    end: int
    status: int


@dataclass
class Collector:
    """What has come in so far."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    figures: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[Any] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, message: Message, headers: dict[str, str]) -> None:
        """Keeps what a request brought."""
        with self._changed:
            self.headers.append({name.lower(): value for name, value in headers.items()})
            self.texts.append(str(message))
            if isinstance(message, trace.ExportTraceServiceRequest):
                self._take_spans(message)
            elif isinstance(message, metrics.ExportMetricsServiceRequest):
                self._take_figures(message)
            elif isinstance(message, logs.ExportLogsServiceRequest):
                for of in message.resource_logs:
                    for scope in of.scope_logs:
                        self.lines += scope.log_records
            self._changed.notify_all()

    def _take_spans(self, message: Any) -> None:
        for of in message.resource_spans:
            self.resources.append(attributes(of.resource.attributes))
            for scope in of.scope_spans:
                self.spans += [read(span) for span in scope.spans]

    def _take_figures(self, message: Any) -> None:
        for of in message.resource_metrics:
            for scope in of.scope_metrics:
                for metric in scope.metrics:
                    self.figures.setdefault(metric.name, []).append(metric)

    def wait(self, found: Callable[[], Any], what: str) -> Any:
        """The first thing that is found and true, as soon as it is there."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while not (result := found()):
                left = end - time.monotonic()
                assert left > 0 and self._changed.wait(left), f"never came: {what}; there is {self._there()}"
        return result

    def _there(self) -> list[str]:
        return [f"{span.name} {span.attributes}" for span in self.spans]

    def named(self, name: str, **wanted: Any) -> list[Span]:
        """Spans of a name with these attributes; an underscore stands for a dot."""
        dotted = {key.replace("__", "."): value for key, value in wanted.items()}
        good = lambda span: all(span.attributes.get(key) == value for key, value in dotted.items())
        return [span for span in self.spans if span.name == name and good(span)]

    def request(self, request_id: str) -> Span:
        """The span of the request with this id, once all of its trace has come: it ends last."""

        def found() -> list[Span]:
            return [span for span in self.spans if span.attributes.get("portico.request_id") == request_id]

        return self.wait(found, f"the request {request_id}")[0]

    def within(self, span: Span) -> list[Span]:
        """Whatever stands below a span, at any depth."""
        below, known = [], {span.id}
        more = [one for one in self.spans if one.trace == span.trace]
        while found := [one for one in more if one.parent in known and one.id not in known]:
            below += found
            known |= {one.id for one in found}
        return below


def read(span: Any) -> Span:
    """A span of the protocol."""
    links = tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links)
    return Span(
        span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name, span.kind,
        attributes(span.attributes), links, span.start_time_unix_nano, span.end_time_unix_nano,
        span.status.code,
    )  # fmt: skip


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes by name; each is of one plain type."""
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in pairs}


@contextmanager
def over_http(own: Certificate | None = None) -> Iterator[Collector]:
    """A collector that speaks OTLP over HTTP; with a certificate, over TLS."""
    collector = Collector()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked, answer = PATHS[self.path]
            assert self.headers["content-type"] == "application/x-protobuf"
            collector.take(asked.FromString(body), dict(self.headers))
            said = answer().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        if own:
            rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            rules.load_cert_chain(own.chain, own.key)
            server.socket = rules.wrap_socket(server.socket, server_side=True)
        collector.url = f"{'https' if own else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def over_grpc(own: Certificate | None = None) -> Iterator[Collector]:
    """A collector that speaks OTLP over gRPC; with a certificate, over TLS."""
    collector = Collector()

    def taking(answer: Callable[[], Message]) -> Any:
        class Service:
            def Export(self, message: Message, context: grpc.ServicerContext) -> Message:
                headers = {key: str(value) for key, value in context.invocation_metadata()}
                collector.take(message, headers)
                return answer()

        return Service()

    server = grpc.server(ThreadPoolExecutor(4))
    trace_grpc.add_TraceServiceServicer_to_server(taking(trace.ExportTraceServiceResponse), server)
    metrics_grpc.add_MetricsServiceServicer_to_server(taking(metrics.ExportMetricsServiceResponse), server)
    logs_grpc.add_LogsServiceServicer_to_server(taking(logs.ExportLogsServiceResponse), server)
    if own:
        rules = grpc.ssl_server_credentials([(own.key.read_bytes(), own.chain.read_bytes())])
        collector.url = f"https://127.0.0.1:{server.add_secure_port('127.0.0.1:0', rules)}"
    else:
        collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
