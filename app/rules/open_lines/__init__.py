"""What open lines and clients are told of each other."""
