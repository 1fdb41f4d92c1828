"""A process that writes to a store, told by lines what to do; the other side of sharing one.

"open": opens the store and says so. "write N": writes N shards, one run each, putting them
together now and then, and says "done". "fork" and "start": leaves a child behind that
sleeps, and says its number. "close": closes the store and ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.store.samples import make_record

from grokphase.store import Store

if __name__ == "__main__":
    store: Store | None = None
    for line in sys.stdin:
        verb, *count = line.split()
        if verb == "open":
            store = Store.open(sys.argv[1])
            print(f"open {os.getpid()}", flush=True)
        elif store is not None and verb == "write":
            for number in range(int(count[0])):
                store.write([make_record(number, weights=number % 2 == 0)])
                if number % 5 == 4:
                    store.compact()
            print("done", flush=True)
        elif verb == "start":
            print(subprocess.Popen(["sleep", "600"], close_fds=False).pid, flush=True)
        elif verb == "fork":
            if not (child := os.fork()):
                time.sleep(600)
            print(child, flush=True)
        elif store is not None:
            store.close()
            break
