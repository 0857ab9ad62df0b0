"""Values that a filter offers for a source field: fixed ones in words, and the directories that know the others.

Data API: `get.chats_report`, `get.offline_messages_report` ("Допустимые значения"). A value that is not here is
as good: UIS adds new ones.
"""

from dataclasses import dataclass
from typing import Literal

from app.domain.settings.filters import DATES, NUMBERS, Comparison
from app.domain.source_table import FieldType

By = Literal["id", "title"]
Choice = tuple[str, str, str]
"""Value as UIS writes it, Russian title, English title."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A directory of ours (`GET /api/directory/<name>`) and which key of its rows is the value."""

    directory: str
    by: By


OFFERS: dict[str, Offer] = {
    "chat.channel_id": Offer("channels", "id"), "chat.channel_name": Offer("channels", "title"),
    "campaign.id": Offer("campaigns", "id"), "campaign.name": Offer("campaigns", "title"),
    "visitor.first_campaign_id": Offer("campaigns", "id"),
    "visitor.first_campaign_name": Offer("campaigns", "title"),
    "site.id": Offer("sites", "id"), "site.domain_name": Offer("sites", "title"),
    "traffic.source_id": Offer("sources", "id"), "traffic.source_name": Offer("sources", "title"),
    "employee.id": Offer("employees", "id"), "employee.full_name": Offer("employees", "title"),
    "tags": Offer("tags", "title"), "segments": Offer("segments", "title"),
}  # fmt: skip

_ATTRIBUTES: tuple[Choice, ...] = (
    ("first", "Первое качественное", "First quality"),
    ("through", "Сквозное первое качественное", "Through first quality"),
    ("primary", "Первичное", "Primary"), ("secondary", "Вторичное", "Secondary"),
    ("lost", "Потерянное", "Lost"), ("target", "Целевое", "Target"), ("off-target", "Нецелевое", "Off-target"),
    ("quality", "Качественное", "Quality"), ("rest", "Целевое повторное", "Target repeat"),
)  # fmt: skip

CHOICES: dict[str, tuple[Choice, ...]] = {
    "chat.status": (
        ("new", "Новый", "New"), ("active", "В работе", "Active"), ("lost", "Потерянный", "Lost"),
        ("succeed", "Успешный", "Succeeded"), ("refused", "Без ответа посетителя", "Visitor never answered"),
    ),
    "chat.initiator": (
        ("visitor", "Посетитель", "Visitor"), ("operator", "Оператор", "Operator"),
        ("autoinvite", "Автоприглашение", "Automatic invitation"), ("chat_channel", "Мессенджер", "Messenger"),
        ("chatbot", "Чат-бот", "Chat bot"),
    ),
    "chat.channel_type": (
        ("comagic", "Чат на сайте", "Site chat"), ("whatsapp", "WhatsApp", "WhatsApp"),
        ("waba", "WhatsApp Business API", "WhatsApp Business API"), ("telegram", "Telegram (бот)", "Telegram bot"),
        ("telegram_private", "Telegram (личный)", "Telegram personal"), ("viber", "Viber", "Viber"),
        ("avito", "Авито", "Avito"), ("auto_ru", "Авто.ру", "Auto.ru"), ("cian", "Циан", "Cian"),
        ("realty_yandex", "Яндекс Недвижимость", "Yandex Realty"), ("vkontakte_groups", "ВКонтакте", "VK"),
        ("instagram", "Instagram", "Instagram"), ("facebook", "Facebook", "Facebook"),
        ("max", "MAX", "MAX"), ("max_bot", "MAX (бот)", "MAX bot"), ("email", "E-mail", "E-mail"),
        ("sms", "SMS", "SMS"), ("yandex.dialogs", "Яндекс Диалоги", "Yandex Dialogs"),
        ("tamtam_bot", "ТамТам (бот)", "TamTam bot"),
    ),
    "chat.release_cause": (
        ("closed_by_operator", "Завершил оператор", "Closed by the operator"),
        ("closed_by_visitor", "Завершил посетитель", "Closed by the visitor"),
        ("closed_by_timeout", "Закончилось время ожидания", "Timed out"),
        ("closed_by_scenario", "Завершил сценарий", "Closed by a scenario"),
        ("invite_rejected", "Приглашение отклонено", "Invitation rejected"),
        ("visitor_disconnected", "Посетитель отключился", "Visitor disconnected"),
        ("visitor_session_expired", "Посещение закончилось", "Visit ended"),
        ("visitor_banned", "Посетитель заблокирован", "Visitor banned"),
        ("external_window_closed", "Окно переписки закрылось", "Messaging window closed"),
        ("room_removed", "Чат удалён", "Chat removed"), ("channel_removed", "Канал удалён", "Channel removed"),
    ),
    "request.status": (
        ("not_processed", "Не обработана", "Not processed"), ("processing", "В обработке", "In progress"),
        ("processed", "Обработана", "Processed"),
    ),
    "request.form_type": (
        ("Пользовательская", "Пользовательская", "Custom"), ("Стандартная", "Стандартная", "Standard"),
        ("DataAPI", "DataAPI", "DataAPI"),
    ),
    "visitor.device": (
        ("desktop", "Компьютер", "Desktop"), ("mobile", "Телефон", "Phone"), ("tablet", "Планшет", "Tablet"),
        ("other", "Другое", "Other"),
    ),
    "visitor.type": (
        ("Новый", "Новый", "New"), ("Вернувшийся", "Вернувшийся", "Returning"),
        ("Не заполнен", "Не заполнен", "Not set"),
    ),
    "traffic.channel": (
        ("paid", "Платная реклама", "Paid"), ("organic", "Поисковые системы", "Organic search"),
        ("direct", "Прямые заходы", "Direct"), ("referral", "Ссылки на сайтах", "Referral"),
        ("social", "Социальные сети", "Social"), ("messenger", "Мессенджеры", "Messengers"),
        ("email", "E-mail рассылки", "E-mail"), ("display", "Медийная реклама", "Display"),
        ("affiliate", "Партнёрские программы", "Affiliate"),
        ("recommendation", "Рекомендательные системы", "Recommendation"),
        ("internal", "Внутренние переходы", "Internal"), ("cashed", "Сохранённые страницы", "Cached pages"),
    ),
    "chat.attributes": _ATTRIBUTES, "request.attributes": _ATTRIBUTES,
}  # fmt: skip


def comparisons_of(type_: FieldType) -> tuple[Comparison, ...]:
    """Comparisons that make sense for a type, the usual one first. More may be stored than is offered."""
    if type_ == "boolean":
        return ("eq", "empty", "not_empty")
    if type_ in DATES:
        return ("gt", "lt", "eq", "empty", "not_empty")
    if type_ in NUMBERS:
        return ("eq", "ne", "gt", "lt", "in", "not_in", "empty", "not_empty")
    if type_ == "list":
        return ("in", "not_in", "contains", "not_contains", "empty", "not_empty")
    return (
        "eq", "ne", "contains", "not_contains", "in", "not_in", "starts", "ends", "empty", "not_empty",
    )  # fmt: skip
