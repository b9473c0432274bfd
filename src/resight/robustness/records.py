"""Changed frames from their records."""

from __future__ import annotations

from typing import Any

from resight.errors import DataError
from resight.frames import FrameSource, source_from_record
from resight.robustness import corruptions, noise, shortened, temporal  # noqa: F401  (each names its kinds)
from resight.robustness.changed import KINDS


def changed_from_record(record: dict[str, Any]) -> FrameSource:
    """Make the source that `Changed.to_record` described.

    Raises
    ------
    DataError
        Where the kind is unknown or the settings are not its own.
    """
    inner = dict(record["of"])
    if "data" in record:
        inner["data"] = record["data"]
    if record["by"] not in KINDS:
        raise DataError(f"frames changed by unknown {record['by']!r}; there are {', '.join(sorted(KINDS))}")
    try:
        return KINDS[record["by"]](source_from_record(inner), **record["settings"])
    except TypeError as error:
        raise DataError(f"frames changed by {record['by']}: its settings are others ({error})") from error
