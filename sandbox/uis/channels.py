"""What the client does with chat channels and what the site's own script does: channels, templates, visits."""

from typing import Any

from sandbox.uis import callbacks, templates
from sandbox.uis.actions import ChatActions
from sandbox.uis.entities import CHANNEL_TYPES, Channel, Session, iso

VISIT_S = 30 * 60


class ChannelActions(ChatActions):
    """Channels of the account, and visits of its sites."""

    def add_channel(
        self,
        type: str = "waba",
        name: str = "WhatsApp Business",
        external_id: str | None = None,
        templates: list[dict[str, Any]] | None = None,
    ) -> Channel:
        """One more chat channel, not joined to any adapter yet; templates are for `waba`."""
        if type not in CHANNEL_TYPES:
            raise ValueError(f"unknown type {type!r}; known: {', '.join(CHANNEL_TYPES)}")
        with self.lock:
            number = next(self.channel_ids)
            channel = Channel(
                id=number, channel_id=number - 711895, type=type, name=name, external_id=external_id
            )
            self.channels[channel.id] = channel
            return self.set_templates(channel.id, templates) if templates is not None else channel

    def set_templates(self, channel_id: int, templates: list[dict[str, Any]]) -> Channel:
        """The templates of a WABA channel: `{"name", "content": {"text", "header", "footer", "keyboard"}}`.

        Adapters of the channel hear of them by `PATCH /channel/<id>`.
        """
        with self.lock:
            channel = self._channel(channel_id)
            if channel.type != "waba":
                raise ValueError("only channels of the type waba have templates")
            channel.message_templates = [self._template(row) for row in templates]
            for adapter, _, link in self.links_of(channel):
                self.courier.send(adapter, "PATCH", f"/channel/{link.id}", callbacks.channel_body(self, link))
            return channel

    def _template(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row.get("id") or next(self.template_ids),
            "name": str(row["name"]),
            "content": templates.content_of(row["content"]),
            "createdAt": iso(self.clock.now()),
        }

    def visit(
        self, page: str = "https://shop.example.com/", visitor: int | None = None, session: int | None = None
    ) -> Session:
        """A page of the site was opened: the visit goes on for half an hour, unless the page brings new marks."""
        with self.lock:
            person = self.visitors.get(visitor or 0) or self.new_visitor()
            known = self.sessions.get(session or 0)
            fresh = known is not None and self.clock.now() - known.started < VISIT_S
            if known is not None and fresh and known.visitor_id == person.id and "utm_source=" not in page:
                return known
            return self.new_session(person, "comagic", {"page": page})
