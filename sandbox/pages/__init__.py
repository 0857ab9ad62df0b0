"""Everything of the sandbox that a person looks at; vanilla HTML over the state of the other parts."""

from sandbox.pages.cabinet import register_cabinet
from sandbox.pages.hub import create_hub
from sandbox.pages.portal import register_portal_pages
from sandbox.pages.shop import create_shop

__all__ = ["create_hub", "create_shop", "register_cabinet", "register_portal_pages"]
