"""A program of the bench that reads an order, says when it is ready, and prints a result."""

import itertools
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from processes import BenchError

# For one that has told its result.
END_SECONDS = 10
NUMBERS = itertools.count()


class Ordered:
    """One that runs for the length of the block."""

    def __init__(self, program: str, order: dict[str, Any], folder: Path, threads: int) -> None:
        self._command = [sys.executable, "-B", str(Path(__file__).with_name(program))]
        self._order = json.dumps(order) + "\n"
        # Several of one program may run at once: each has a log of its own.
        self._log = folder / f"{program}-{next(NUMBERS)}.log"
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        # As many threads as Portico has for the same: those that wait and those that compute.
        words = ("TOKIO_WORKER_THREADS", "LANCE_CPU_THREADS")
        self._environment = environment | dict.fromkeys(words, str(threads))

    def __enter__(self) -> "Ordered":
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment,
            )
        # One that ends at once says why in its log.
        with suppress(BrokenPipeError):
            self._pipe().write(self._order)
            self._pipe().flush()
        return self

    def ready(self) -> "Ordered":
        """Returns when it has warmed up; it goes on at once."""
        self._line("READY")
        return self

    def result(self) -> dict[str, Any]:
        """Waits for its end; one that goes on until it is told is told now."""
        with suppress(BrokenPipeError):
            self._pipe().close()
        found: dict[str, Any] = json.loads(self._line("RESULT "))
        return found

    def __exit__(self, *_: object) -> None:
        # At its end already, unless somebody has given up.
        try:
            self._process.wait(END_SECONDS if self._pipe().closed else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _pipe(self) -> Any:
        return self._process.stdin

    def _line(self, begin: str) -> str:
        for line in self._process.stdout or ():
            if line.startswith(begin):
                return line.removeprefix(begin)
        said = self._log.read_text(errors="replace")[-2000:]
        raise BenchError(f"{Path(self._command[-1]).name} ends without {begin.strip()}:\n{said}")
