"""Pages and slides of the lessons that need neither a kernel nor a network."""
