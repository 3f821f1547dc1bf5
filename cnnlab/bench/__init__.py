"""Measure this package on this machine: `cnnlab bench`."""
