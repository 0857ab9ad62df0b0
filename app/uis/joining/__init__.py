"""Connecting an account of UIS, and leaving it."""
