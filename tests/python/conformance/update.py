"""Writes the lists anew from the built services and the installed libraries.

    python tests/python/conformance/update.py

Reasons stay where the statement stays. A new line gets the reason "?", which the test refuses until somebody says why.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest import RunningStack  # noqa: E402
from peaktrade_futures import Endpoints, Stack  # noqa: E402

from conformance.days import our_sessions  # noqa: E402
from conformance.differences import read_list, rows_of, with_reasons, without_reason, write_list  # noqa: E402
from conformance.public_calendars import PUBLIC_CALENDARS  # noqa: E402


def main() -> int:
    """Exits with 1 where a reason is missing."""
    with tempfile.TemporaryDirectory() as folder:
        running = RunningStack(pathlib.Path(folder))
        try:
            running.start()
            with Stack(Endpoints(calendar=running.addresses["calendar"])) as stack:
                sessions = our_sessions(stack)
        finally:
            running.stop()
    missing = 0
    for calendar in PUBLIC_CALENDARS:
        rows = rows_of(calendar.ours(sessions), calendar.theirs(calendar.name))
        rows = with_reasons(rows, read_list(calendar.list_path) if calendar.list_path.exists() else [])
        write_list(calendar.list_path, rows)
        for row in without_reason(rows):
            print(f"{calendar.list_path.name}: write the reason of {row}", file=sys.stderr)
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
