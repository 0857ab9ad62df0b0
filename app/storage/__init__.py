"""The memory: models, and queries that take a session."""
