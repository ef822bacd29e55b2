"""What every test shares: hypothesis repeats itself exactly; pages start no work; one thread computes."""

import os

from hypothesis import settings

# As the workers have it: threads that wait for one another make small products many times slower on a busy machine.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("LRVIZ_HYPOTHESIS", "ci"))

# A page that trains by itself would start a worker in every test that opens it; tests of real work say so themselves.
os.environ["LRVIZ_SLOTS"] = "0"
