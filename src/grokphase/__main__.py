"""`python -m grokphase` is the `grokphase` command."""

import sys

from grokphase.cli import main

if __name__ == "__main__":
    sys.exit(main())
