"""A cluster on a virtual clock: the real claims, limits and batches; portals, threads and time are simulated."""
