"""How everything runs that tests execute, lessons opened by nbval among them: offline and short."""

import os
import sysconfig

os.environ["CNNLAB_OFFLINE"] = "1"  # lesson 06 asks for CIFAR-10
os.environ["CNNLAB_SHORT"] = "1"  # and trains on it: see `cnnlab.course.short_runs`

# What they say to type is short where the environment is activated: see `errors.shell_command`.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
