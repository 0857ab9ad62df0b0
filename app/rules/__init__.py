"""The mind, pure: no clock, session, HTTP or framework in here."""
