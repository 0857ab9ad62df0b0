"""What the simulated services share: time, faults, servers, deliveries."""
