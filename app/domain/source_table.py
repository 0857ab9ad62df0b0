"""The table behind `source_fields`: what UIS tells of a communication, by groups.

Data API: `get.chats_report`, `get.offline_messages_report`; Chat API: webhooks v2.
"""

from typing import Literal

FieldType = Literal[
    "string", "text", "number", "money", "date", "datetime", "boolean", "list", "phone", "email", "url"
]
Origin = Literal["callback", "card", "report", "both"]
Kind = Literal["chat", "request"]

Row = tuple[str, FieldType, Origin, str, str | None, str, str]

# name, type, origin, kinds (C chats, R requests), field of the report, Russian title, English title
VISITOR: list[Row] = [
    ("id", "number", "both", "CR", "visitor_id", "Посетитель: номер", "Visitor: ID"),
    ("person_id", "number", "report", "CR", "person_id", "Посетитель: номер персоны", "Visitor: person ID"),
    (
        "session_id",
        "number",
        "report",
        "CR",
        "visitor_session_id",
        "Посетитель: сессия",
        "Visitor: session ID",
    ),
    ("name", "string", "card", "CR", "visitor_name", "Посетитель: имя", "Visitor: name"),
    ("phone_number", "phone", "both", "CR", "visitor_phone_number", "Посетитель: телефон", "Visitor: phone"),
    ("email", "email", "card", "CR", "visitor_email", "Посетитель: e-mail", "Visitor: e-mail"),
    ("phones", "list", "card", "CR", None, "Посетитель: все телефоны", "Visitor: all phones"),
    ("emails", "list", "card", "CR", None, "Посетитель: все e-mail", "Visitor: all e-mails"),
    ("company", "string", "card", "CR", None, "Посетитель: компания", "Visitor: company"),
    ("comment", "text", "card", "CR", None, "Посетитель: комментарий", "Visitor: comment"),
    ("city", "string", "report", "CR", "visitor_city", "Посетитель: город", "Visitor: city"),
    ("region", "string", "report", "CR", "visitor_region", "Посетитель: регион", "Visitor: region"),
    ("country", "string", "report", "CR", "visitor_country", "Посетитель: страна", "Visitor: country"),
    ("device", "string", "report", "CR", "visitor_device", "Посетитель: устройство", "Visitor: device"),
    ("type", "string", "report", "CR", "visitor_type", "Посетитель: тип", "Visitor: type"),
    (
        "visits_count",
        "number",
        "report",
        "CR",
        "visits_count",
        "Посетитель: число посещений",
        "Visitor: visits",
    ),
    ("profile_url", "url", "report", "C", "visitor_profile_url", "Посетитель: профиль", "Visitor: profile"),
    (
        "first_campaign_id",
        "number",
        "report",
        "CR",
        "visitor_first_campaign_id",
        "Посетитель: номер первой рекламной кампании",
        "Visitor: first campaign ID",
    ),
    (
        "first_campaign_name",
        "string",
        "report",
        "CR",
        "visitor_first_campaign_name",
        "Посетитель: первая рекламная кампания",
        "Visitor: first campaign",
    ),
    (
        "custom_properties",
        "list",
        "report",
        "CR",
        "visitor_custom_properties",
        "Посетитель: свойства",
        "Visitor: custom properties",
    ),
]

CHAT: list[Row] = [
    ("id", "number", "both", "C", "id", "Чат: номер", "Chat: ID"),
    ("status", "string", "report", "C", "status", "Чат: статус", "Chat: status"),
    ("initiator", "string", "both", "C", "initiator", "Чат: инициатор", "Chat: initiator"),
    ("date_time", "datetime", "both", "C", "date_time", "Чат: начало", "Chat: started at"),
    ("duration", "number", "report", "C", "duration", "Чат: длительность, с", "Chat: duration, s"),
    ("answer_time", "number", "report", "C", "answer_time", "Чат: время ответа, с", "Chat: answer time, s"),
    (
        "release_cause",
        "string",
        "both",
        "C",
        "release_cause",
        "Чат: причина завершения",
        "Chat: release cause",
    ),
    ("channel_id", "number", "both", "C", "chat_channel_id", "Чат: номер канала", "Chat: channel ID"),
    ("channel_type", "string", "both", "C", "chat_channel_type", "Чат: тип канала", "Chat: channel type"),
    ("channel_name", "string", "both", "C", "chat_channel_name", "Чат: канал", "Chat: channel"),
    (
        "user_id",
        "string",
        "report",
        "C",
        "chat_user_id",
        "Чат: номер в мессенджере",
        "Chat: messenger user ID",
    ),
    (
        "username",
        "string",
        "report",
        "C",
        "chat_username",
        "Чат: имя в мессенджере",
        "Chat: messenger username",
    ),
    ("ad_url", "url", "report", "C", "chat_ad_url", "Чат: объявление", "Chat: advert"),
    ("messages_count", "number", "report", "C", "messages_count", "Чат: число сообщений", "Chat: messages"),
    ("is_group_chat", "boolean", "report", "C", "is_group_chat", "Чат: групповой", "Chat: is a group chat"),
    ("is_transfer", "boolean", "report", "C", "is_transfer", "Чат: был передан", "Chat: was transferred"),
]

REQUEST: list[Row] = [
    ("id", "number", "report", "R", "id", "Заявка: номер", "Request: ID"),
    ("text", "text", "report", "R", "text", "Заявка: текст", "Request: text"),
    ("status", "string", "report", "R", "status", "Заявка: статус", "Request: status"),
    ("date_time", "datetime", "report", "R", "date_time", "Заявка: получена", "Request: received at"),
    (
        "process_time",
        "datetime",
        "report",
        "R",
        "process_time",
        "Заявка: обработана",
        "Request: processed at",
    ),
    ("form_type", "string", "report", "R", "form_type", "Заявка: тип формы", "Request: form type"),
    ("form_name", "string", "report", "R", "form_name", "Заявка: форма", "Request: form"),
    ("group_id", "number", "report", "R", "group_id", "Заявка: номер группы", "Request: group ID"),
    ("group_name", "string", "report", "R", "group_name", "Заявка: группа", "Request: group"),
    (
        "properties",
        "text",
        "report",
        "R",
        "properties",
        "Заявка: комментарий из формы",
        "Request: form comment",
    ),
    (
        "is_agree_to_process_personal_data",
        "boolean",
        "report",
        "R",
        "is_agree_to_process_personal_data",
        "Заявка: согласие на обработку персональных данных",
        "Request: agrees to processing of personal data",
    ),
    (
        "is_agree_to_mailing",
        "boolean",
        "report",
        "R",
        "is_agree_to_mailing",
        "Заявка: согласие на рассылки",
        "Request: agrees to mailing",
    ),
]

# The same in chats and in requests, below `chat.` and `request.`; the titles get the group's word in front.
COMMUNICATION: list[Row] = [
    ("communication_id", "number", "report", "CR", "communication_id", "номер обращения", "communication ID"),
    (
        "communication_type",
        "string",
        "report",
        "CR",
        "communication_type",
        "тип обращения",
        "communication type",
    ),
    (
        "communication_number",
        "number",
        "report",
        "CR",
        "communication_number",
        "какое по счёту обращение",
        "communication number of the person",
    ),
    ("communication_page_url", "url", "report", "CR", "communication_page_url", "страница обращения", "page"),
    ("sale_date", "datetime", "report", "CR", "sale_date", "дата сделки", "sale date"),
    ("sale_cost", "money", "report", "CR", "sale_cost", "сумма сделки", "sale amount"),
    ("ext_id", "string", "report", "CR", "ext_id", "внешний номер", "external ID"),
    ("attributes", "list", "report", "CR", "attributes", "атрибуты", "attributes"),
]

TRAFFIC: list[Row] = [
    ("source_id", "number", "report", "CR", "source_id", "Трафик: номер источника", "Traffic: source ID"),
    ("source_name", "string", "report", "CR", "source_name", "Трафик: источник", "Traffic: source"),
    (
        "source_new",
        "string",
        "report",
        "CR",
        "source_new",
        "Трафик: группа источников",
        "Traffic: source group",
    ),
    ("channel_new", "string", "report", "CR", "channel_new", "Трафик: канал", "Traffic: channel"),
    ("channel_code", "string", "report", "CR", "channel_code", "Трафик: код канала", "Traffic: channel code"),
    ("channel", "string", "report", "CR", "channel", "Трафик: канал (старый)", "Traffic: channel (old)"),
    ("referrer", "url", "report", "CR", "referrer", "Трафик: реферер", "Traffic: referrer"),
    (
        "referrer_domain",
        "string",
        "report",
        "CR",
        "referrer_domain",
        "Трафик: домен реферера",
        "Traffic: domain",
    ),
    (
        "search_engine",
        "string",
        "report",
        "CR",
        "search_engine",
        "Трафик: поисковик",
        "Traffic: search engine",
    ),
    ("search_query", "string", "report", "CR", "search_query", "Трафик: запрос", "Traffic: search query"),
    (
        "entrance_page",
        "url",
        "report",
        "CR",
        "entrance_page",
        "Трафик: страница входа",
        "Traffic: entrance page",
    ),
]

# Marks of an address or of an analytics system: the title is the mark itself.
MARKS = [
    *[f"utm_{mark}" for mark in ("source", "medium", "term", "content", "campaign")],
    *[f"eq_utm_{mark}" for mark in ("source", "medium", "term", "content", "campaign", "referrer", "expid")],
    *[f"openstat_{mark}" for mark in ("ad", "campaign", "service", "source")],
    *["gclid", "yclid", "ymclid", "ef_id", "ua_client_id", "ym_client_id"],
]

CAMPAIGN: list[Row] = [
    ("id", "number", "report", "CR", "campaign_id", "Кампания: номер", "Campaign: ID"),
    ("name", "string", "report", "CR", "campaign_name", "Кампания: название", "Campaign: name"),
    (
        "visit_other_campaign",
        "boolean",
        "report",
        "CR",
        "visit_other_campaign",
        "Кампания: были заходы по другим",
        "Campaign: came by others too",
    ),
]

SITE: list[Row] = [
    ("id", "number", "report", "CR", "site_id", "Сайт: номер", "Site: ID"),
    ("domain_name", "string", "report", "CR", "site_domain_name", "Сайт: адрес", "Site: domain name"),
]

EMPLOYEE: list[Row] = [
    ("id", "number", "both", "CR", "employee_id", "Сотрудник: номер", "Employee: ID"),
    ("full_name", "string", "both", "CR", "employee_full_name", "Сотрудник: имя", "Employee: full name"),
    ("raiting", "number", "report", "C", "employee_raiting", "Сотрудник: оценка", "Employee: rating"),
    (
        "messages_count",
        "number",
        "report",
        "C",
        "employee_messages_count",
        "Сотрудник: сообщений",
        "Employee: messages",
    ),
    (
        "answer_message",
        "text",
        "report",
        "R",
        "employee_answer_message",
        "Сотрудник: ответ",
        "Employee: answer",
    ),
    ("comment", "text", "report", "R", "employee_comment", "Сотрудник: комментарий", "Employee: comment"),
]

ROOT: list[Row] = [
    ("tags", "list", "report", "CR", "tags", "Теги", "Tags"),
    ("segments", "list", "report", "CR", "segments", "Сегменты", "Segments"),
]
