"""What every test shares: hypothesis repeats itself exactly, unless asked to explore; torch keeps to one thread."""

import os

from hypothesis import settings

# As in the workers: on nets this small threads wait for each other, ten times longer where other tests run beside.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("LRVIZ_HYPOTHESIS", "ci"))
