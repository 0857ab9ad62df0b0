"""The words: events, facts, plans, settings documents. Imports nothing of ours."""
