"""Where visitors come from: invented sites, campaigns, sources, and the traffic fields of the reports."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

SITE = {"id": 43525, "domain_name": "shop.example.com"}
CAMPAIGNS: dict[int, dict[str, Any]] = {
    -1: {"name": "Посетители без рекламной кампании", "type": "system", "engine": None},
    268176: {"name": "Поиск: диваны", "type": "integrated", "engine": "yandex.direct"},
    268177: {"name": "Рассылка клиентам", "type": "basic", "engine": None},
}
SOURCES: dict[int, dict[str, Any]] = {
    1: {"name": "Яндекс Директ", "group": "Яндекс", "channel": "Контекстная реклама", "code": "context"},
    2: {"name": "Google", "group": "Google", "channel": "Поисковые системы", "code": "organic"},
    3: {"name": "Прямые заходы", "group": "Прямые заходы", "channel": "Прямые заходы", "code": "direct"},
    4: {"name": "WhatsApp", "group": "Мессенджеры", "channel": "Мессенджеры", "code": "messenger"},
    5: {"name": "Telegram", "group": "Мессенджеры", "channel": "Мессенджеры", "code": "messenger"},
    6: {"name": "Рассылка", "group": "Email", "channel": "Email-рассылки", "code": "email"},
    7: {"name": "Прочая реклама", "group": "Прочее", "channel": "Прочая реклама", "code": "other"},
}
# By the utm_source of a page: traffic channel, source, campaign.
MARKED: dict[str, tuple[str, int, int]] = {"yandex": ("paid", 1, 268176), "newsletter": ("email", 6, 268177)}
OTHER_MARK = ("paid", 7, -1)

FIELDS = (
    "communication_page_url", "ua_client_id", "ym_client_id", "search_query", "search_engine",
    "referrer_domain", "referrer", "entrance_page", "gclid", "yclid", "ymclid", "ef_id", "channel",
    "site_id", "site_domain_name", "campaign_id", "campaign_name", "visit_other_campaign",
    "visitor_first_campaign_id", "visitor_first_campaign_name", "visitor_city", "visitor_region",
    "visitor_country", "visitor_device", "visitor_type", "utm_source", "utm_medium", "utm_term",
    "utm_content", "utm_campaign", "openstat_ad", "openstat_campaign", "openstat_service",
    "openstat_source", "eq_utm_source", "eq_utm_medium", "eq_utm_term", "eq_utm_content",
    "eq_utm_campaign", "eq_utm_referrer", "eq_utm_expid", "source_id", "source_name", "source_new",
    "channel_new", "channel_code",
)  # fmt: skip

_PAGE = f"https://{SITE['domain_name']}/divany"
_PLACE = {
    "visitor_city": "Москва",
    "visitor_region": "Москва и область",
    "visitor_country": "Россия",
    "visitor_device": "desktop",
}

PRESETS: dict[str, dict[str, Any]] = {
    "yandex_direct": {
        "channel": "paid",
        "source_id": 1,
        "campaign_id": 268176,
        "utm_source": "yandex",
        "utm_medium": "cpc",
        "utm_campaign": "divany_poisk",
        "utm_content": "banner_2",
        "utm_term": "купить диван",
        "yclid": "1482399120441",
        "ym_client_id": "1670000000123456789",
        "search_engine": "Яндекс",
        "search_query": "купить диван",
        "referrer": "https://yandex.ru/search/",
        "referrer_domain": "yandex.ru",
        "entrance_page": f"{_PAGE}?utm_source=yandex&utm_medium=cpc",
        "communication_page_url": _PAGE,
    },
    "google_organic": {
        "channel": "organic",
        "source_id": 2,
        "campaign_id": -1,
        "search_engine": "Google",
        "referrer": "https://www.google.com/",
        "referrer_domain": "google.com",
        "entrance_page": _PAGE,
        "communication_page_url": _PAGE,
    },
    "direct": {
        "channel": "direct",
        "source_id": 3,
        "campaign_id": -1,
        "entrance_page": _PAGE,
        "communication_page_url": _PAGE,
    },
    "whatsapp": {"channel": "messenger", "source_id": 4, "campaign_id": -1, "visitor_device": "mobile"},
    "telegram": {"channel": "messenger", "source_id": 5, "campaign_id": -1, "visitor_device": "mobile"},
}


def traffic(source: str | dict[str, Any] | None, channel_type: str) -> dict[str, Any]:
    """All traffic fields of a visit: a preset's name, overrides by field, or the channel's own default.

    `{"page": "https://...?utm_source=x"}` takes the UTM marks and click ids of a page address.
    Raises ValueError for an unknown preset or field.
    """
    site_chat = channel_type in ("comagic", "offline_message")
    base = "yandex_direct" if site_chat else channel_type if channel_type in PRESETS else "direct"
    given: dict[str, Any] = {}
    if isinstance(source, str):
        base = source
    elif source is not None:
        given = {**source}
    if base not in PRESETS:
        raise ValueError(f"unknown traffic source {base!r}; known: {', '.join(PRESETS)}")
    page = given.pop("page", None)
    if page is not None:
        base = "direct"
        given = {**_from_page(page), **given}
    unknown = given.keys() - set(FIELDS)
    if unknown:
        raise ValueError(f"no such traffic fields: {', '.join(sorted(unknown))}")
    return _completed({**dict.fromkeys(FIELDS), **_PLACE, **PRESETS[base], **given})


def _from_page(page: str) -> dict[str, Any]:
    marks = {name: value for name, value in parse_qsl(urlsplit(page).query) if name in FIELDS}
    bare = page.partition("?")[0]
    found: dict[str, Any] = {**marks, "entrance_page": page, "communication_page_url": bare}
    if marks.get("utm_source"):
        channel, source_id, campaign_id = MARKED.get(marks["utm_source"], OTHER_MARK)
        found |= {"channel": channel, "source_id": source_id, "campaign_id": campaign_id}
    return found


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    source, campaign = SOURCES[row["source_id"]], CAMPAIGNS[row["campaign_id"]]
    row |= {
        "site_id": SITE["id"],
        "site_domain_name": SITE["domain_name"],
        "campaign_name": campaign["name"],
        "source_name": source["name"],
        "source_new": source["group"],
        "channel_new": source["channel"],
        "channel_code": source["code"],
        "visit_other_campaign": bool(row["visit_other_campaign"]),
    }
    if row["visitor_first_campaign_id"] is None:
        row["visitor_first_campaign_id"] = row["campaign_id"]
        row["visitor_first_campaign_name"] = campaign["name"]
    return row
