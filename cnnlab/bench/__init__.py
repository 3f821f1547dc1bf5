"""Measure this package on this machine: `python -m cnnlab bench`."""
