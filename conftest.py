"""How everything runs that tests execute, lessons opened by nbval among them: offline and short."""

import os

os.environ["CNNLAB_OFFLINE"] = "1"  # lesson 06 asks for CIFAR-10
os.environ["CNNLAB_SHORT"] = "1"  # and trains on it: see `cnnlab.course.short_runs`
