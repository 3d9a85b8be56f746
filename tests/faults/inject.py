"""Run the command line with a fault: ``inject.py FAULT WORDS...``. A process of its own, as a user's would be.

hold=N      Once N parts are stored, say "held" on standard output and stand still.
slow=N      Once N parts are stored, say "held" and take a while for every further one.
clock       Every look at the clock of the machine finds it a day off, forwards or backwards.
old         Call the software another version than it is.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from typing import Any

from carbonsweep.store import writer_lock as lock_module
from carbonsweep.store.filesystem import Folder

lock_module.BEAT = float(os.environ.get("CARBONSWEEP_TEST_BEAT", lock_module.BEAT))
fault, _, count = sys.argv[1].partition("=")

if fault in ("hold", "slow"):
    real, stored, lock = Folder.put, itertools.count(), threading.Lock()

    def put(self: Folder, name: str, data: Any) -> None:
        if name.endswith(".parquet"):
            with lock:
                number = next(stored)
            if number == int(count):
                print("held", flush=True)
            if number >= int(count):
                if fault == "hold":
                    threading.Event().wait()
                time.sleep(0.2)
        real(self, name, data)

    Folder.put = put  # type: ignore[method-assign]
elif fault == "clock":
    truth, jumps = time.time, itertools.cycle([86_400.0, -86_400.0, 0.0])
    time.time = lambda: truth() + next(jumps)
elif fault == "old":
    from carbonsweep.foundation import version

    version.__version__ = "0.0.1"
else:
    sys.exit(f"unknown fault {fault}")

from carbonsweep.cli.main import main  # noqa: E402

sys.argv = ["carbonsweep", *sys.argv[2:]]
main()
