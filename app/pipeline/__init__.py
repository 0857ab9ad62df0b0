"""The road: accept, claim, rounds, retry. Decides nothing."""
