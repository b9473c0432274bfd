"""`python -m resight`: the command."""

from __future__ import annotations

from resight.cli import main

if __name__ == "__main__":
    main()
