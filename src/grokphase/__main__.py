"""`python -m grokphase` is the `grokphase` command."""

import sys

from grokphase.cli import main

sys.exit(main())
