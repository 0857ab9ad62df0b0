"""The settings of a line: defaults of a new one, what may be written, how they are read.

Bitrix24: imopenlines/openlines/imopenlines-config-add, -get. The pages give no defaults; here a new line creates
leads, its `CRM_CREATE_SECOND` is "0", which works as a yes (only "N" is a no), and it says nothing by itself.
"""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix import table
from sandbox.bitrix.call import as_list
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines.model import Line

if TYPE_CHECKING:
    from sandbox.bitrix.state import PortalState

NO_ANSWER = "К сожалению, мы не можем сейчас вам ответить. Мы обязательно ответим вам в ближайшее время."
CLOSED = "Спасибо за обращение. Если появятся вопросы, пишите."
RATE = "Пожалуйста, оцените качество обслуживания."
THANKS = "Благодарим за оценку!"
SORRY = "Нам очень жаль, что мы не смогли вам помочь. Мы постараемся стать лучше."

DEFAULTS: dict[str, Any] = {
    "CRM": "Y", "CRM_CREATE": "lead", "CRM_CREATE_SECOND": "0", "CRM_CREATE_THIRD": "Y", "CRM_FORWARD": "Y",
    "CRM_CHAT_TRACKER": "N", "CRM_TRANSFER_CHANGE": "Y", "CRM_SOURCE": "create",
    "QUEUE_TIME": "60", "NO_ANSWER_TIME": "60", "QUEUE_TYPE": "evenly", "CHECK_AVAILABLE": "N", "WATCH_TYPING": "Y",
    "WELCOME_BOT_ENABLE": "N", "WELCOME_MESSAGE": "N",
    "WELCOME_MESSAGE_TEXT": "Добро пожаловать! Вам ответит первый освободившийся оператор.",
    "VOTE_MESSAGE": "N", "VOTE_TIME_LIMIT": "0", "VOTE_BEFORE_FINISH": "Y", "VOTE_CLOSING_DELAY": "N",
    "VOTE_MESSAGE_1_TEXT": RATE, "VOTE_MESSAGE_1_LIKE": THANKS, "VOTE_MESSAGE_1_DISLIKE": SORRY,
    "VOTE_MESSAGE_2_TEXT": f"{RATE}\r\n\r\nОтправьте: 1 - хорошо, 0 - плохо", "VOTE_MESSAGE_2_LIKE": THANKS,
    "VOTE_MESSAGE_2_DISLIKE": SORRY, "AGREEMENT_MESSAGE": "N", "AGREEMENT_ID": "0",
    "CATEGORY_ENABLE": "N", "CATEGORY_ID": "0",
    "WELCOME_BOT_JOIN": "always", "WELCOME_BOT_ID": "0", "WELCOME_BOT_TIME": "0", "WELCOME_BOT_LEFT": "queue",
    "NO_ANSWER_RULE": "none", "NO_ANSWER_FORM_ID": "0", "NO_ANSWER_BOT_ID": "0", "NO_ANSWER_TEXT": NO_ANSWER,
    "WORKTIME_ENABLE": "N", "WORKTIME_FROM": "9", "WORKTIME_TO": "18.30", "WORKTIME_TIMEZONE": "Europe/Moscow",
    "WORKTIME_HOLIDAYS": [""], "WORKTIME_DAYOFF": [""], "WORKTIME_DAYOFF_RULE": "none",
    "WORKTIME_DAYOFF_FORM_ID": "0", "WORKTIME_DAYOFF_BOT_ID": "0", "WORKTIME_DAYOFF_TEXT": NO_ANSWER,
    "CLOSE_RULE": "none", "CLOSE_FORM_ID": "0", "CLOSE_BOT_ID": "0", "CLOSE_TEXT": CLOSED, "FULL_CLOSE_TIME": "10",
    "AUTO_CLOSE_RULE": "none", "AUTO_CLOSE_FORM_ID": "0", "AUTO_CLOSE_BOT_ID": "0", "AUTO_CLOSE_TIME": "3600",
    "AUTO_CLOSE_TEXT": "", "AUTO_EXPIRE_TIME": "86400", "MODIFY_USER_ID": "1", "TEMPORARY": "N", "XML_ID": None,
    "LANGUAGE_ID": "ru", "QUICK_ANSWERS_IBLOCK_ID": "0", "SESSION_PRIORITY": "0",
    "TYPE_MAX_CHAT": "answered_new", "MAX_CHAT": "0", "OPERATOR_DATA": "profile", "DEFAULT_OPERATOR_DATA": [],
    "KPI_FIRST_ANSWER_TIME": "0", "KPI_FIRST_ANSWER_ALERT": "N", "KPI_FIRST_ANSWER_LIST": None,
    "KPI_FIRST_ANSWER_TEXT": "Сотрудник #OPERATOR# не ответил вовремя на первое сообщение. Диалог №#DIALOG#.",
    "KPI_FURTHER_ANSWER_TIME": "0", "KPI_FURTHER_ANSWER_ALERT": "N", "KPI_FURTHER_ANSWER_LIST": None,
    "KPI_FURTHER_ANSWER_TEXT": "Сотрудник #OPERATOR# не ответил вовремя на сообщение. Диалог №#DIALOG#.",
    "KPI_CHECK_OPERATOR_ACTIVITY": "N", "SEND_NOTIFICATION_EMPTY_QUEUE": "N", "USE_WELCOME_FORM": "N",
    "WELCOME_FORM_ID": "0", "WELCOME_FORM_DELAY": "Y", "SEND_WELCOME_EACH_SESSION": "N", "CONFIRM_CLOSE": "Y",
    "IGNORE_WELCOME_FORM_RESPONSIBLE": "N",
}  # fmt: skip
FLAGS = {name for name, value in DEFAULTS.items() if value in ("Y", "N") and name != "CRM_CREATE_SECOND"}
CHOICES = {
    "CRM_CREATE": ("none", "lead", "deal"),
    "QUEUE_TYPE": ("evenly", "strictly", "all"),
    "TYPE_MAX_CHAT": ("answered", "answered_new", "closed"),
    "WELCOME_BOT_JOIN": ("first", "always"),
    "WELCOME_BOT_LEFT": ("queue", "close"),
    "OPERATOR_DATA": ("profile", "queue", "hide"),
    "NO_ANSWER_RULE": ("none", "text"),
    "WORKTIME_DAYOFF_RULE": ("none", "text"),
    "CLOSE_RULE": ("none", "text"),
    "AUTO_CLOSE_RULE": ("none", "text"),
}
LISTS = ("WORKTIME_DAYOFF", "KPI_FIRST_ANSWER_LIST", "KPI_FURTHER_ANSWER_LIST", "DEFAULT_OPERATOR_DATA")


def value(line: Line, name: str) -> Any:
    """One setting of a line."""
    return line.settings.get(name, DEFAULTS.get(name))


def on(line: Line, name: str) -> bool:
    """A setting that is `Y` or `N`."""
    return bool(value(line, name) == "Y")


def repeats(line: Line) -> bool:
    """Whether a known client gets a repeat lead or deal: everything but "N" means yes, "0" too."""
    return bool(value(line, "CRM_CREATE_SECOND") != "N")


def queue(portal: "PortalState", line: Line) -> list[int]:
    """Working employees of the line's queue in order, departments unfolded."""
    found: list[int] = []
    for entry in value(line, "QUEUE") or []:
        number = int(entry["ENTITY_ID"])
        if entry["ENTITY_TYPE"] == "department":
            found += [user.id for user in portal.users.values() if user.department == number]
        else:
            found.append(number)
    known = [number for number in dict.fromkeys(found) if number in portal.users]
    return [number for number in known if portal.users[number].active]


def write(portal: "PortalState", line: Line, params: dict[str, Any], user_id: int) -> None:
    """Change settings; raises RestError for a field or value that a line cannot have, and changes nothing then."""
    fields = table.table()["imopenlines.config.add"]["fields"]["PARAMS"]
    table.check_fields(portal, "imopenlines.config: PARAMS", fields, params, required=False)
    changed = {name: _checked(portal, name, given) for name, given in params.items()}
    line.name = str(changed.pop("LINE_NAME", None) or line.name)
    line.active = changed.pop("ACTIVE", "Y" if line.active else "N") == "Y"
    line.settings |= {**changed, "MODIFY_USER_ID": str(user_id)}


def new_line(portal: "PortalState", params: dict[str, Any], user_id: int) -> Line:
    """One more line, its maker alone in the queue unless `params` name one; raises RestError as `write` does."""
    number = max(portal.lines, default=0) + 1
    line = Line(id=number, name=f"Открытая линия {number}", created=portal.iso())
    line.settings["QUEUE"] = [{"ENTITY_ID": str(user_id), "ENTITY_TYPE": "user"}]
    if portal.crm.simple:
        line.settings["CRM_CREATE"] = "deal"
    write(portal, line, params, user_id)
    portal.lines[number] = line
    return line


def _checked(portal: "PortalState", name: str, given: Any) -> Any:
    if name == "QUEUE":
        return [_entry(portal, row) for row in as_list(given)]
    if name == "WORKTIME_HOLIDAYS":
        return str(given).split(",")
    if name in LISTS:
        return given or []
    if (name in FLAGS or name == "ACTIVE") and given not in ("Y", "N"):
        raise _wrong(name, given)
    if given not in CHOICES.get(name, (given,)):
        raise _wrong(name, given)
    return str(given)


def _entry(portal: "PortalState", row: Any) -> dict[str, str]:
    kinds: dict[str, list[int]] = {
        "user": [*portal.users],
        "department": [department.id for department in portal.departments],
    }
    if not isinstance(row, dict) or set(row) != {"ENTITY_TYPE", "ENTITY_ID"}:
        raise _wrong("QUEUE", row)
    if not str(row["ENTITY_ID"]).isdigit() or int(row["ENTITY_ID"]) not in kinds.get(row["ENTITY_TYPE"], ()):
        raise _wrong("QUEUE", row)
    return {"ENTITY_ID": str(row["ENTITY_ID"]), "ENTITY_TYPE": str(row["ENTITY_TYPE"])}


def _wrong(name: str, given: Any) -> RestError:
    return RestError("ERROR_ARGUMENT", f"PARAMS[{name}] cannot be {given!r}", argument=name)


def as_json(line: Line) -> dict[str, Any]:
    """All settings without the queue, texts and numbers as the portal writes them."""
    head = {"ID": str(line.id), "ACTIVE": "Y" if line.active else "N", "LINE_NAME": line.name}
    # A serialized date is an empty object on the page.
    dates: dict[str, Any] = {"DATE_CREATE": {}, "DATE_MODIFY": {}}
    rest = {name: value(line, name) for name in DEFAULTS}
    return {**head, **rest, **dates}
