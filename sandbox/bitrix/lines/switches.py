"""What the vendor's pages leave open, or say in two ways: how this portal does it. Tests switch it both ways."""

from dataclasses import dataclass, fields
from typing import Any

CHOICES: dict[str, tuple[str, ...]] = {
    "repeated_message": ("twice", "once"),
    "operator_files": ("link", "url", "text", "absent"),
    "operator_quotes": ("text", "absent"),
    "event_message_id": ("as_documented", "array", "string"),
    "dialog_event_ids": ("external", "internal"),
    "custom_data": ("attach", "text"),
    "invalid_phone": ("refuse", "drop"),
    "zero_active": ("off", "refuse"),
    "repeat_leads": ("session", "message"),
}


@dataclass(slots=True)
class Switches:
    """Each is one of its `CHOICES`, the first is the default.

    `repeated_message`: the same `message.id` again is shown twice, or once. `operator_files`: files of operators come
    in the event as `message.files[]` with `link` and `downloadLink`, with `url`, as links in the text, or not at all.
    `operator_quotes`: a quoted message stands in the text of the event, or not. `event_message_id`: `message.id` in
    MESSAGEUPDATE (array on its page) and MESSAGEDELETE (string on its page). `dialog_event_ids`: whose ids
    `connector.chat_id` and `connector.user_id` of dialog events are. `custom_data`: where the data of the site widget
    lands in the service message. `invalid_phone`: a phone that is none refuses the message or is left out.
    `zero_active`: `ACTIVE=0` switches a connector off, or counts as empty. `repeat_leads`: a known client gets a repeat
    lead with every session, or with every message (both only while `CRM_CREATE_SECOND` is not "N").
    """

    repeated_message: str = "twice"
    operator_files: str = "link"
    operator_quotes: str = "text"
    event_message_id: str = "as_documented"
    dialog_event_ids: str = "external"
    custom_data: str = "attach"
    invalid_phone: str = "refuse"
    zero_active: str = "off"
    repeat_leads: str = "session"

    def change(self, values: dict[str, Any]) -> None:
        """Set some of them; raises ValueError for an unknown name or choice."""
        for name, value in values.items():
            if value not in CHOICES.get(name, ()):
                known = "; ".join(f"{key}: {', '.join(choices)}" for key, choices in CHOICES.items())
                raise ValueError(f"no such way of Open Lines: {name}={value!r}; known: {known}")
            setattr(self, name, value)

    def as_json(self) -> dict[str, str]:
        """All of them by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
