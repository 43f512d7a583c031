"""What is loaded when a run begins is not looked through again, and what comes then is, now and then."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
gc.disable()
from gateway.system import collecting
loaded = [[] for _ in range(100)]
collecting.begin()
seen = []
gc.callbacks.append(lambda phase, info: seen.append(phase))
new = [[] for _ in range(2 * collecting.YOUNG)]
print(gc.get_freeze_count() > 100, 2 <= seen.count("start") <= 4)
"""


def test_a_run_collects_what_traffic_makes() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603  # ours
    assert done.stdout.split() == ["True", "True"]
