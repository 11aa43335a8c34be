"""Finds the lines of Portico's log that say more than that all went well."""

from __future__ import annotations

import json
from pathlib import Path

LIMIT = 60


def complaints(log: Path) -> list[str]:
    """The last warnings, errors and answers of 500 and more; plain lines count as complaints."""
    return [line for line in log.read_text(errors="replace").splitlines() if _complains(line)][-LIMIT:]


def _complains(line: str) -> bool:
    try:
        event = json.loads(line)
        return event["level"] not in {"INFO", "DEBUG", "TRACE"} or int(event.get("status", 0)) >= 500
    except (ValueError, KeyError, TypeError):
        return True
