"""Sessions of a portal's own lines, read for the reports of UIS."""
