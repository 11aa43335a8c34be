"""From samples to ratios, and to tables that people read."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from load import Sample, Workload

BASES = ("nginx", "nginx-tuned", "bare")
# Whose ratios are shown: Portico in both forms, and the engine that it stands on.
SUBJECTS = ("portico", "portico, CRC32 trailer", "bare")

Measure = Callable[[Sample], float | None]


@dataclass(frozen=True)
class Result:
    """All rounds of a workload, by contender; every list is as long as there were rounds."""

    work: Workload
    samples: dict[str, list[Sample]]

    def median(self, name: str, measure: Measure) -> float | None:
        """The middle of the rounds."""
        return _median(map(measure, self.samples[name]))

    def ratios(self, name: str, base: str, measure: Measure) -> list[float]:
        """One quotient a round, lowest first: a round is short, so the machine is the same."""
        if name == base:
            return []
        pairs = zip(self.samples.get(name, []), self.samples.get(base, []), strict=False)
        measured = ((measure(ours), measure(theirs)) for ours, theirs in pairs)
        return sorted(ours / theirs for ours, theirs in measured if ours is not None and theirs)

    def rate(self, sample: Sample) -> float:
        """What counts for this workload: bytes or requests a second."""
        return (sample.transferred if self.work.large else sample.requests) / sample.seconds

    def cost(self, sample: Sample) -> float | None:
        """CPU seconds of the contender for a gigabyte (10^9 bytes), or for 1000 requests."""
        if sample.cpu_seconds is None:
            return None
        units = sample.transferred / 1e9 if self.work.large else sample.requests / 1e3
        return sample.cpu_seconds / units


def table(result: Result) -> str:
    """The Markdown section of one workload: medians, and the highest peak."""
    unit = "MB/s, CPU s per GB" if result.work.large else "requests/s, CPU s per 1000 requests"
    lines = [f"## {result.work.name}", "", f"{result.work.connections} connections; {unit}", ""]
    lines += _heading("contender", "rate", "p50 ms", "p99 ms", "CPU s", "peak MiB")
    lines += [_row(_cells(result, name)) for name in result.samples]
    return "\n".join(lines) + "\n"


def _cells(result: Result, name: str) -> list[str]:
    scale = 1e6 if result.work.large else 1
    peaks = [sample.peak_bytes for sample in result.samples[name] if sample.peak_bytes is not None]
    return [
        name,
        _number(result.median(name, lambda sample: result.rate(sample) / scale), 0),
        _number(result.median(name, lambda sample: sample.p50_us / 1e3), 2),
        _number(result.median(name, lambda sample: sample.p99_us / 1e3), 2),
        _number(result.median(name, result.cost), 4),
        _number(max(peaks) / (1 << 20) if peaks else None, 1),
    ]


def ratios(results: list[Result]) -> str:
    """The Markdown section that the rest is for."""
    columns = [f"{kind} / {base}" for kind in ("rate", "CPU") for base in BASES]
    lines = ["## Ratios", "", "Median of the rounds (lowest–highest)", ""]
    lines += _heading("workload", "contender", *columns)
    for result in results:
        for name in (name for name in SUBJECTS if name in result.samples):
            cells = [
                _spread(result.ratios(name, base, measure))
                for measure in (result.rate, result.cost)
                for base in BASES
            ]
            lines.append(_row([result.work.name, name, *cells]))
    return "\n".join(lines) + "\n"


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _spread(quotients: list[float]) -> str:
    if not quotients:
        return "–"
    return f"{median(quotients):.2f} ({quotients[0]:.2f}–{quotients[-1]:.2f})"


def _heading(*names: str) -> list[str]:
    return [_row(names), _row("---" for _ in names)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def document(results: list[Result], facts: dict[str, Any]) -> dict[str, Any]:
    """Everything, for machines: the facts of the run, medians, ratios, and every sample."""
    return {
        "facts": facts,
        "workloads": {
            result.work.name: {name: _summary(result, name) for name in result.samples}
            for result in results
        },
    }


def _summary(result: Result, name: str) -> dict[str, Any]:
    large = result.work.large
    return {
        "bytes_per_second" if large else "requests_per_second": result.median(name, result.rate),
        "cpu_seconds_per_gb" if large else "cpu_seconds_per_1000_requests": result.median(
            name, result.cost
        ),
        "rate_to": {base: _median(result.ratios(name, base, result.rate)) for base in BASES},
        "cpu_to": {base: _median(result.ratios(name, base, result.cost)) for base in BASES},
        "rounds": [asdict(sample) for sample in result.samples[name]],
    }
