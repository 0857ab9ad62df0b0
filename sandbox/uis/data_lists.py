"""Rows of the directories (employees, channels, sites, sources, tags and the like) and of visitors."""

from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.data_query import Row
from sandbox.uis.data_rows import employee_name
from sandbox.uis.entities import Employee
from sandbox.uis.offline import Uis
from sandbox.uis.traffic import CAMPAIGNS, SITE, SOURCES

Params = dict[str, Any]
SITE_KEYS = {"app_key": "sandbox-app-key", "site_key": "sandbox-site-key"}


def account(uis: Uis, params: Params) -> list[Row]:
    """get.account."""
    return [{"app_id": uis.app_id, "name": uis.account_name, "timezone": uis.zone.key}]


def account_object(uis: Uis, params: Params) -> Row:
    """getobj.account."""
    return {
        "app_id": uis.app_id,
        "app_state": "active",
        "app_name": uis.account_name,
        "is_agent_app": False,
        "customer_id": 183510,
        "user_id": 2870,
        "user_type": "admin",
        "user_login": uis.login,
        "user_name": "Администратор",
        "tp_id": 406,
        "tp_name": "Демо-тариф",
        "crm_type": uis.crm_accounts[0]["type"] if uis.crm_accounts else None,
        "lang": "ru",
        "project": uis.project,
        "timezone": uis.zone.key,
        "permissions": _permissions(uis),
        "components": sorted(uis.components),
        "is_bi_available": False,
        "report_currency": "RUB",
        "is_agent": False,
        "agent_type": None,
    }


def _permissions(uis: Uis) -> list[Row]:
    units = sorted({permission.partition(":")[0] for permission in uis.permissions})
    actions = ("delete", "insert", "select", "update")
    return [
        {"unit_id": unit, **{f"is_{action}": f"{unit}:{action}" in uis.permissions for action in actions}}
        for unit in units
    ]


def employees(uis: Uis, params: Params) -> list[Row]:
    """get.employees."""
    return [_employee(uis, employee) for employee in uis.employees.values()]


def _employee(uis: Uis, employee: Employee) -> Row:
    return {
        "id": employee.id,
        "login": employee.email,
        "first_name": employee.first_name,
        "last_name": employee.last_name,
        "full_name": employee.full_name,
        "status": "available",
        "status_id": 1,
        "calls_available": True,
        "email": employee.email,
        "call_recording": "off",
        "groups": [{"group_id": group, "group_name": uis.groups[group]} for group in employee.group_ids],
        "operator": {
            "operator_login": employee.email,
            "operator_display_name": employee.first_name,
            "operator_position_id": None,
            "operator_position_name": None,
            "operator_offline_message_enabled": employee.offline_message_enabled,
            "operator_invite_to_chat_enabled": employee.chat_enabled,
            "operator_chat_enabled": employee.chat_enabled,
            "operator_chats_available": employee.chat_enabled,
            "operator_sites": [{"site_id": SITE["id"], "site_domain_name": SITE["domain_name"]}],
        },
    }


def groups(uis: Uis, params: Params) -> list[Row]:
    """get.group_employees."""
    return [
        {
            "id": group_id,
            "name": name,
            "members": [
                {"employee_id": employee.id, "employee_full_name": employee.full_name}
                for employee in uis.employees.values()
                if group_id in employee.group_ids
            ],
            "queue_enabled": False,
            "channels_count": 1,
        }
        for group_id, name in uis.groups.items()
    ]


def channels(uis: Uis, params: Params) -> list[Row]:
    """get.chat_channels."""
    return [
        {
            "id": channel.id,
            "name": channel.name,
            "type": channel.type,
            "status": "deleted" if channel.is_removed else channel.status,
            "group_id": channel.group_id,
            "group_name": uis.groups.get(channel.group_id) if channel.group_id else None,
            "employee_id": channel.employee_id,
            "employee_full_name": employee_name(uis, channel.employee_id),
            "channel_external_id": channel.external_id,
        }
        for channel in uis.channels.values()
    ]


def sites(uis: Uis, params: Params) -> list[Row]:
    """get.sites."""
    keys = {**SITE_KEYS, "state": "work", "is_editable": True}
    return [{**SITE, "name": "Демо-магазин", "creation_date": "2024-01-15 10:00:00", **keys}]


def campaigns(uis: Uis, params: Params) -> list[Row]:
    """get.campaigns."""
    place = {"site_id": SITE["id"], "site_domain_name": SITE["domain_name"]}
    more = {"status": "active", "creation_time": "2024-01-15 10:00:00", "costs": 0, "cost_ratio": 1}
    return [{"id": campaign_id, **campaign, **place, **more} for campaign_id, campaign in CAMPAIGNS.items()]


def sources(uis: Uis, params: Params) -> list[Row]:
    """get.sources."""
    return [
        {
            "id": source_id,
            "name": source["name"],
            "group_id": source_id,
            "group_name": source["group"],
            "channel_id": source_id,
            "channel_name": source["channel"],
            "channel_mnemonic": source["code"],
            "priority": source_id,
            "is_custom": False,
            "state": "active",
        }
        for source_id, source in SOURCES.items()
    ]


def tags(uis: Uis, params: Params) -> list[Row]:
    """get.tags."""
    return [{"id": tag_id, "name": name, "is_system": False} for tag_id, name in uis.tags.items()]


def segments(uis: Uis, params: Params) -> list[Row]:
    """get.segments."""
    place = {"site_id": SITE["id"], "site_domain_name": SITE["domain_name"]}
    return [{"id": segment_id, "name": name, **place} for segment_id, name in uis.segments.items()]


def crm_accounts(uis: Uis, params: Params) -> list[Row]:
    """get.crm_accounts."""
    return uis.crm_accounts


def visitors(uis: Uis, params: Params) -> list[Row]:
    """get.visitors: those of `ids` that exist."""
    ids = params["ids"]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in ids):
        raise DataError("data_type_error", "ids", ids)
    return [
        {
            "id": visitor.id,
            "name": visitor.name,
            "phones": visitor.phones,
            "emails": visitor.emails,
            "usernames": visitor.usernames,
        }
        for visitor in (uis.visitors.get(one) for one in dict.fromkeys(ids))
        if visitor is not None
    ]


def visitor_object(uis: Uis, params: Params) -> Row:
    """getobj.visitor."""
    visitor = uis.visitors.get(params["id"])
    if visitor is None:
        raise DataError("entity_not_found", "id", params["id"])
    return {
        "name": visitor.name,
        "phone_numbers": visitor.phones,
        "emails": visitor.emails,
        "properties": [
            {"id": number, "name": name, "value": value}
            for number, (name, value) in enumerate(visitor.properties.items(), 1)
        ],
    }
