"""Queries: functions that take a session, say what index serves them, and never commit."""
