"""The foreign scripts of the shop's page: UIS, the code that a person has pasted, the portal's site widget.

Query parameters of the page say how they load, so that a test can play every order:
`order=uis,code,widget` (the default) is the order of the tags; `uis` and `widget` are one of `WAYS`, `code` one of
`CODE_WAYS` (slow: a tag manager brings it); `uis_ms`, `widget_ms`, `code_ms` say how late a slow one is (default 1500),
and with `uis=late` how late UIS knows its session.
"""

from typing import TYPE_CHECKING, Any

from flask import request

from sandbox.uis.data_lists import SITE_KEYS

if TYPE_CHECKING:
    from sandbox.world import World

WAYS = ("on", "slow", "late", "absent", "blocked", "twice")
CODE_WAYS = ("on", "slow", "absent", "twice")
ORDER = ("uis", "code", "widget")
DELAY_MS = 1500
LIVECHAT = "livechat"

Tag = dict[str, Any]


def scripts(world: "World") -> list[Tag]:
    """What the page carries, in its order: `{kind: "load" | "html", src, after_ms, html}`. Raises ValueError."""
    order = (request.args.get("order") or ",".join(ORDER)).split(",")
    if sorted(order) != sorted(ORDER):
        raise ValueError(f"order must name {', '.join(ORDER)} once each")
    found = {"uis": _uis(world), "code": _code(world), "widget": _widget(world)}
    return [tag for name in order for tag in found[name]]


def _way(name: str, known: tuple[str, ...]) -> str:
    way = request.args.get(name, "on")
    if way not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}")
    return way


def _delay(name: str) -> int:
    return request.args.get(f"{name}_ms", DELAY_MS, type=int)


def _uis(world: "World") -> list[Tag]:
    way = _way("uis", WAYS)
    if way == "absent":
        return []
    source = f"{world.uis_url}/static/cs.min.js"
    if way == "late":
        source += f"?late={_delay('uis')}"
    account = f'var __cs = window.__cs || []; __cs.push(["setCsAccount", "{SITE_KEYS["app_key"]}"]);'
    return [{"kind": "html", "html": f"<script>{account}</script>"}, *_loads(way, "uis", source)]


def _widget(world: "World") -> list[Tag]:
    """The loader of the site widget, when the live chat is connected to a line of the first portal."""
    way = _way("widget", tuple(each for each in WAYS if each != "late"))
    line = next((number for number, on in _livechat(world).items() if on), None)
    if way == "absent" or line is None:
        return []
    return _loads(way, "widget", f"{world.portals[0].url}/upload/crm/site_button/loader_{line}_sandbox.js")


def _livechat(world: "World") -> dict[int, bool]:
    return world.portals[0].open_lines.built_in[LIVECHAT].lines


def _code(world: "World") -> list[Tag]:
    way = _way("code", CODE_WAYS)
    tag = {"kind": "html", "html": world.shop_code, "after_ms": _delay("code") if way == "slow" else 0}
    return [] if way == "absent" else [tag, tag] if way == "twice" else [tag]


def _loads(way: str, name: str, source: str) -> list[Tag]:
    if way == "blocked":
        source = f"/blocked/{name}.js"
    tag = {"kind": "load", "src": source, "after_ms": _delay(name) if way == "slow" else 0}
    return [tag, tag] if way == "twice" else [tag]
