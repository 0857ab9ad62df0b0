"""Our adapter and our account at UIS: found again whatever failed before, made only when they are not there.

Chat API: "Создание адаптера", "Создание подключения". An adapter's `type` is unique, so it is our marker.
"""

from typing import Any

from app.base.tokens import sha256
from app.uis.errors import NoAnswer, UisError
from app.uis.joining.lease import Lease
from app.uis.joining.logic import CHANNEL_TYPES, Entity, Logic

SCENARIO = "is_chat_integration_scenario_created"


def adapter_type(member_id: str) -> str:
    """The same for every installation of a portal, so that a reinstall finds what was left behind."""
    return f"bitrix24_omni_{sha256(member_id)[:12]}"


def find_adapter(logic: Logic, member_id: str) -> Entity | None:
    """Our adapter of this portal in the signed-in account; system adapters are never ours."""
    ours = adapter_type(member_id)
    return next((a for a in logic.adapters() if a.get("type") == ours and a.get("owner") is not None), None)


def join_adapter(logic: Logic, held: Lease, member_id: str, wanted: dict[str, Any]) -> int:
    """Make the adapter be as wanted; its id. Raises UisError (adapter_taken) when another account has it."""
    held.renew()
    found = find_adapter(logic, member_id)
    if found is None:
        found = _create_adapter(logic, held, member_id, wanted)
    held.renew()
    try:
        logic.update_adapter(found["id"], {**wanted, "status": "active"})
    except UisError as error:
        raise UisError("adapter_taken") if error.code in {"forbidden", "missing"} else error from None
    return int(found["id"])


def _create_adapter(logic: Logic, held: Lease, member_id: str, wanted: dict[str, Any]) -> Entity:
    held.renew()
    try:
        return logic.create_adapter({"type": adapter_type(member_id), **wanted})
    except NoAnswer as lost:
        # Only the answer may be lost: what is there now is what was made.
        found = find_adapter(logic, member_id)
        if found is None:
            raise lost from None
        return found
    except UisError as error:
        if error.code == "refused" and "type" in str(error.params.get("problem")).lower():
            raise UisError("adapter_taken") from None
        raise


def adapter_body(name: str, login: str, password: str, address: str, token: str) -> dict[str, Any]:
    """What we want of an adapter: v2 callbacks to our address with our Bearer token, all channel types."""
    return {
        "name": name, "login": login, "password": password, "webhook_url": address, "webhook_version": "v2",
        "webhook_auth": {"type": "Bearer", "token": token}, "supported_channel_types": list(CHANNEL_TYPES),
    }  # fmt: skip


def join_account(
    logic: Logic, held: Lease, adapter_id: int, name: str, channels: list[int], *, scenario: bool
) -> int:
    """Make one account of the adapter have these channels; its id. UIS calls our doors meanwhile.

    `scenario`: whether UIS forwards the chats to us. Raises UisError (join_refused) with UIS's words.
    """
    body = {"name": name, "channels": channels, "context": {SCENARIO: scenario}}
    held.renew()
    found = logic.accounts(adapter_id)
    held.renew()
    try:
        if found:
            logic.update_account(found[0]["id"], body)
            return int(found[0]["id"])
        return _create_account(logic, held, adapter_id, body)
    except UisError as error:
        if error.code == "refused":
            raise UisError("join_refused", **error.params) from None
        raise
    finally:
        _drop_doubles(logic, found[1:])


def _create_account(logic: Logic, held: Lease, adapter_id: int, body: Entity) -> int:
    try:
        return int(logic.create_account({**body, "adapter_id": adapter_id})["id"])
    except NoAnswer as lost:
        held.renew()
        found = logic.accounts(adapter_id)
        if not found:
            raise lost from None
        return int(found[0]["id"])


def _drop_doubles(logic: Logic, doubles: list[Entity]) -> None:
    """A creation that was answered late may have left a second account: each would send every callback."""
    for account in doubles:
        logic.delete_account(account["id"])


def leave(logic: Logic, held: Lease, member_id: str) -> None:
    """Delete our accounts and our adapter at UIS; what is gone already is fine.

    Raises UisError (adapter_in_use) when UIS still uses the adapter, and what `Logic` raises.
    """
    held.renew()
    adapter = find_adapter(logic, member_id)
    if adapter is None:
        return
    for account in logic.accounts(adapter["id"]):
        held.renew()
        logic.delete_account(account["id"])
    held.renew()
    try:
        logic.delete_adapter(adapter["id"])
    except UisError as error:
        if error.code == "refused":
            raise UisError("adapter_in_use", adapter=adapter_type(member_id)) from None
        raise
