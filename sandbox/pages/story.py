"""The demo's story: its steps, how far it has come, and where everything is."""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm.fields import CONTACT, DEAL, LEAD

if TYPE_CHECKING:
    from sandbox.world import World

Step = dict[str, Any]


def steps(world: "World") -> list[Step]:
    """`{name, url, done, facts}`; that Chats are on is known by what they have made."""
    portal, uis = world.portals[0], world.uis
    app = f"{portal.url}/marketplace/app/"
    crm = "deal" if portal.crm.simple else "lead"
    installed = portal.installation is not None and portal.installation.finished
    login = [("login", uis.login), ("password", uis.password), ("data_key", min(uis.data_keys, default="—"))]
    return [
        {"name": "install", "url": f"{portal.url}/marketplace/", "done": installed, "facts": []},
        {"name": "connect", "url": app, "done": bool(uis.accounts), "facts": login},
        {"name": "switch", "url": app, "done": _made(world), "facts": []},
        {"name": "write", "url": world.shop_url, "done": bool(uis.chats), "facts": []},
        {"name": "look", "url": f"{portal.url}/crm/{crm}/list/", "done": _made(world), "facts": []},
    ]


def places(world: "World") -> list[tuple[str, str]]:
    """Names of texts with addresses."""
    portals = [("place_portal", portal.url) for portal in world.portals]
    return [
        *portals,
        ("place_lines", f"{world.portals[0].url}/online/"),
        ("place_cabinet", f"{world.uis_url}/cabinet/"),
        ("place_shop", world.shop_url),
        ("place_app", world.card.url),
    ]


def counts(world: "World") -> list[tuple[str, int]]:
    """Names of texts with numbers, over all portals."""
    crms = [portal.crm for portal in world.portals]
    return [
        ("chats", len(world.uis.chats)),
        ("requests", len(world.uis.requests)),
        ("dialogs", sum(len(portal.open_lines.dialogs) for portal in world.portals)),
        *((name, sum(len(crm.items[kind]) for crm in crms)) for name, kind in _KINDS),
        ("rest_requests", sum(len(portal.requests) for portal in world.portals)),
    ]


_KINDS = (("leads", LEAD), ("deals", DEAL), ("contacts", CONTACT))


def _made(world: "World") -> bool:
    rows = [
        item for portal in world.portals for kind in (LEAD, DEAL) for item in portal.crm.items[kind].values()
    ]
    return any(item.fields.get("originatorId") for item in rows)
