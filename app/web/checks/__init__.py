"""Health of the integration, check by check."""
