"""Bucket names that nobody else uses, so that runs and workers may overlap."""

from __future__ import annotations

import re
import uuid


def unique_name(story: str) -> str:
    """A bucket name that HCP takes too: letters, digits and hyphens only."""
    short = re.sub(r"[^a-z0-9]+", "-", story.lower()).strip("-")[:30].strip("-")
    return f"{short}-{uuid.uuid4().hex[:10]}"
