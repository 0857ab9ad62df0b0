"""What everything stands on: configuration, clock, secrets, texts. Imports nothing of ours."""
