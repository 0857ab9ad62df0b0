"""The application for tests of the tools that describe it."""

from tests.web.conftest import home

__all__ = ["home"]
