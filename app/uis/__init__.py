"""What faces UIS: verify, parse, client, execute, errors, sync."""
