"""What a portal lets us do, and how fast."""
