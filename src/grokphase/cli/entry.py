"""From what was typed to an exit code: the one place where errors become sentences.

Exit codes: 0 done; 1 something is wrong inside (with the traceback) or ``doctor`` found a problem;
2 what was given cannot be used (one sentence on stderr); 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from grokphase.cli.app import build_app
from grokphase.cli.command import remember
from grokphase.cli.sentences import from_jax_setting, from_os_error, from_parse_error
from grokphase.cli.streams import leave_streams, prepare_streams
from grokphase.errors import GrokphaseError

BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

# A place that cannot be written, or is full, is the caller's to mend: a sentence. Any other OSError
# is a fault of ours and keeps its traceback.
_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after ``grokphase``; those of the process if not given.

    Returns:
        The exit code: 0 done, 1 ``doctor`` found a problem, 2 bad input, 130 stopped by Ctrl-C.

    Example:
        >>> main(["cite", "--json"])  # doctest: +ELLIPSIS
        {...
        0
    """
    # Figures are files here, whatever backend a notebook or an editor has set.
    os.environ["MPLBACKEND"] = "Agg"
    words = list(sys.argv[1:] if argv is None else argv)
    remember(words)
    prepare_streams()
    try:
        outcome = build_app()(words, exit_on_error=False, print_error=False, verbose=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _say(from_parse_error(error), BAD_INPUT)
    except GrokphaseError as error:
        return _say(str(error), BAD_INPUT)
    except KeyboardInterrupt as stop:
        return _say(str(stop) or "Stopped.", INTERRUPTED)
    except BrokenPipeError:
        leave_streams()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        return _say(from_os_error(error), BAD_INPUT)
    except Exception as error:
        sentence = from_jax_setting(error)
        if sentence is None:
            raise
        return _say(sentence, BAD_INPUT)
    return outcome if isinstance(outcome, int) else 0


def _say(sentence: str, code: int) -> int:
    print(f"grokphase: {' '.join(sentence.split())}", file=sys.stderr)
    return code
