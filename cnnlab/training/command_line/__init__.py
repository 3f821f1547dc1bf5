"""`cnnlab train` and `predict`: what they say and write, and how processes join."""
