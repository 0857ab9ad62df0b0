"""Connection of an adapter: `/v1/integration/account` (Chat API: "Подключение адаптера").

The adapter must answer while an account or a channel is created: UIS calls `POST /account` and
`POST /channel` and expects 200 or 204. The lock is not held meanwhile, the adapter may call back.
"""

from typing import Any

from flask import Blueprint, Response

from sandbox.core.http import json_answer
from sandbox.uis import callbacks
from sandbox.uis.entities import Account, Adapter, Channel, Link
from sandbox.uis.offline import Uis
from sandbox.uis.shapes import Refused, body_of

SCENARIO = "is_chat_integration_scenario_created"


def add_routes(routes: Blueprint, uis: Uis) -> None:
    """List, create, change and delete accounts."""

    @routes.get("/account")
    def list_accounts() -> Response:
        with uis.lock:
            return json_answer([account.as_json() for account in uis.accounts.values()])

    @routes.post("/account")
    def create_account() -> Response:
        body = body_of({"name": "text", "adapter_id": "int", "channels": "ints"}, {"context": "object"})
        with uis.lock:
            adapter, account = _prepared(uis, body)
        _introduce(uis, adapter, account)
        with uis.lock:
            uis.accounts[account.id] = account
            return json_answer(account.as_json())

    @routes.patch("/account/<int:account_id>")
    def update_account(account_id: int) -> Response:
        body = body_of({}, {"name": "text", "channels": "ints", "context": "object"})
        with uis.lock:
            account = _account(uis, account_id)
            adapter = uis.adapters[account.adapter_id]
            context = _context(body) if body.get("context") is not None else account.context
            links = _changed_links(uis, adapter, account, body)
            added = [link for link in links if link not in account.links]
        for link in added:
            _introduce_channel(uis, adapter, link)
        with uis.lock:
            removed = [link for link in account.links if link not in links]
            account.name, account.context, account.links = body.get("name") or account.name, context, links
            _tell_change(uis, adapter, account, removed)
            return changed(uis, account.as_json())

    @routes.delete("/account/<int:account_id>")
    def delete_account(account_id: int) -> Response:
        with uis.lock:
            account = _account(uis, account_id)
            _forget(uis, account)
        return Response(status=204)


def changed(uis: Uis, entity: dict[str, Any]) -> Response:
    """The answer to a change, which the page does not describe: the entity, or 204 without a body."""
    return Response(status=204) if uis.change_answer == "empty" else json_answer(entity)


def _prepared(uis: Uis, body: dict[str, Any]) -> tuple[Adapter, Account]:
    adapter = uis.adapters.get(body["adapter_id"])
    if adapter is None:
        raise Refused(404, f"no adapter {body['adapter_id']}")
    if adapter.status != "active":
        raise Refused(409, f"adapter {adapter.id} is disabled")
    account = Account(
        id=next(uis.account_ids), name=body["name"], adapter_id=adapter.id, context=_context(body)
    )
    account.links = [_link(uis, account, channel) for channel in _channels(uis, adapter, body["channels"])]
    return adapter, account


def _context(body: dict[str, Any]) -> dict[str, Any]:
    context: dict[str, Any] = body.get("context") or {}
    if set(context) - {SCENARIO}:
        raise Refused(422, f"context may only hold {SCENARIO}")
    if not isinstance(context.get(SCENARIO, False), bool):
        raise Refused(422, f"context.{SCENARIO} must be a boolean")
    return context


def _channels(uis: Uis, adapter: Adapter, ids: list[int]) -> list[Channel]:
    if len(set(ids)) != len(ids):
        raise Refused(422, "a channel is named twice")
    channels = []
    for channel_id in ids:
        channel = uis.channels.get(channel_id)
        if channel is None or channel.is_removed:
            raise Refused(422, f"no channel {channel_id}")
        if channel.type not in adapter.supported_channel_types:
            raise Refused(422, f"the adapter does not support channels of type {channel.type}")
        channels.append(channel)
    return channels


def _link(uis: Uis, account: Account, channel: Channel) -> Link:
    return Link(id=next(uis.link_ids), account_id=account.id, channel=channel)


def _changed_links(uis: Uis, adapter: Adapter, account: Account, body: dict[str, Any]) -> list[Link]:
    if body.get("channels") is None:
        return account.links
    present = {link.channel.id: link for link in account.links}
    return [
        present.get(channel.id) or _link(uis, account, channel)
        for channel in _channels(uis, adapter, body["channels"])
    ]


def _introduce(uis: Uis, adapter: Adapter, account: Account) -> None:
    delivery = uis.courier.send_now(adapter, "POST", "/account", callbacks.account_body(uis, account))
    _expect_answer(delivery.outcome, delivery.path, delivery.status)
    for link in account.links:
        _introduce_channel(uis, adapter, link)


def _introduce_channel(uis: Uis, adapter: Adapter, link: Link) -> None:
    delivery = uis.courier.send_now(adapter, "POST", "/channel", callbacks.channel_body(uis, link))
    _expect_answer(delivery.outcome, delivery.path, delivery.status)


def _expect_answer(outcome: str, path: str, status: int | None) -> None:
    if outcome != "delivered":
        raise Refused(400, f"webhook_url did not accept {path}: {status or 'no answer'}, expected 200 or 204")


def _account(uis: Uis, account_id: int) -> Account:
    if account_id not in uis.accounts:
        raise Refused(404, f"no account {account_id}")
    return uis.accounts[account_id]


def _tell_change(uis: Uis, adapter: Adapter, account: Account, removed: list[Link]) -> None:
    for link in removed:
        _tell_removed(uis, adapter, link)
    body = callbacks.account_body(uis, account)
    uis.courier.send(adapter, "PATCH", f"/account/{account.id}", body)


def _tell_removed(uis: Uis, adapter: Adapter, link: Link) -> None:
    link.status = "disabled"
    uis.courier.send(adapter, "DELETE", f"/channel/{link.id}", callbacks.channel_body(uis, link))


def _forget(uis: Uis, account: Account) -> None:
    adapter = uis.adapters[account.adapter_id]
    for link in account.links:
        _tell_removed(uis, adapter, link)
    account.status = "disabled"
    body = callbacks.account_body(uis, account)
    uis.courier.send(adapter, "DELETE", f"/account/{account.id}", body)
    del uis.accounts[account.id]
