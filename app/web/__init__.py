"""Flask: the factory, the JSON API, security headers."""
