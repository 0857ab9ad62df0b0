"""Set-up of the Chat API under the token of the personal account: adapters, channels, accounts.

Chat API: "Управление адаптерами", "Каналы чатов", "Подключение адаптера".
"""

from typing import Any

from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.wire import answer_json, hosts_of, rest

CHANNEL_TYPES = (
    "comagic", "telegram", "auto_ru", "avito", "realty_yandex", "viber", "telegram_private", "whatsapp", "waba",
    "sms", "email",
)  # fmt: skip
"""What an adapter can be given; the account may have channels of other types."""

Entity = dict[str, Any]


class Logic:
    """Calls of one signed-in user. Every method raises SessionOver, NoAnswer, UisError."""

    def __init__(self, services: Services, project: str, jwt: str) -> None:
        self._services = services
        self._hosts = hosts_of(services, project)
        self._jwt = jwt

    def channels(self) -> list[Entity]:
        """Chat channels that are not removed: `id`, `type`, `name`, `status`."""
        return [channel for channel in self._list("channel") if not channel.get("is_removed")]

    def adapters(self) -> list[Entity]:
        """Adapters of the user's account, and those of the system (`owner` null)."""
        return self._list("adapter")

    def create_adapter(self, adapter: Entity) -> Entity:
        return self._create("adapter", adapter)

    def update_adapter(self, adapter_id: int, changes: Entity) -> None:
        """The page "Редактирование адаптера" names no answer: none is read."""
        self._change(f"adapter/{adapter_id}", changes)

    def delete_adapter(self, adapter_id: int) -> None:
        self._delete(f"adapter/{adapter_id}")

    def accounts(self, adapter_id: int) -> list[Entity]:
        """Connections of this adapter, the oldest first."""
        ours = [account for account in self._list("account") if account.get("adapter_id") == adapter_id]
        return sorted(ours, key=lambda account: int(account["id"]))

    def create_account(self, account: Entity) -> Entity:
        """UIS calls `POST /account` and `POST /channel` of our address before it answers."""
        return self._create("account", account)

    def update_account(self, account_id: int, changes: Entity) -> None:
        """The page "Изменение подключения" names no answer: none is read."""
        self._change(f"account/{account_id}", changes)

    def delete_account(self, account_id: int) -> None:
        self._delete(f"account/{account_id}")

    def _list(self, path: str) -> list[Entity]:
        answer = answer_json(self._call("GET", path))
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise UisError("unexpected_answer", host=self._hosts.logic, status=200)
        return answer

    def _create(self, path: str, body: Entity) -> Entity:
        answer = answer_json(self._call("POST", path, json=body))
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
            raise UisError("unexpected_answer", host=self._hosts.logic, status=200)
        return answer

    def _change(self, path: str, changes: Entity) -> None:
        """Any answer will do but a page for people: that comes from something before UIS."""
        response = self._call("PATCH", path, json=changes)
        if response.content and "html" in response.headers.get("Content-Type", "").lower():
            raise UisError("unexpected_answer", host=self._hosts.logic, status=response.status_code)

    def _delete(self, path: str) -> None:
        """What is gone already is as good as deleted."""
        try:
            self._call("DELETE", path)
        except UisError as error:
            if error.code != "missing":
                raise

    def _call(self, method: str, path: str, **options: Any) -> Any:
        url = f"{self._hosts.logic}/v1/integration/{path}"
        return rest(self._services, self._hosts, method, url, self._jwt, **options)
