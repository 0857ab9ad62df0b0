"""Open lines on the road: what is said on one side becomes letters to the other."""
