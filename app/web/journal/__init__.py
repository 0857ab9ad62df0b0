"""Conversations in words: why they became what they became."""
