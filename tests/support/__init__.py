"""What tests of all parts stand on: databases, servers, the browser."""
