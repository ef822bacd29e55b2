"""What every test shares: hypothesis repeats itself exactly, unless it is asked to explore; pages start no work."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("LRVIZ_HYPOTHESIS", "ci"))

# A page that trains by itself would start a worker in every test that opens it; tests of real work say so themselves.
os.environ["LRVIZ_SLOTS"] = "0"
# As in the workers: sums are split between threads, and tests that run side by side share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
