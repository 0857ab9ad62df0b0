"""What the hub says, in Russian and English; the invented vendors' pages speak Russian only."""

LANGUAGES = ("ru", "en")

TEXTS: dict[str, tuple[str, str]] = {
    "brand": ("песочница", "sandbox"),
    "story": ("История", "Story"),
    "faults": ("Сбои", "Faults"),
    "log": ("Журнал запросов", "Request log"),
    "welcome": (
        "Битрикс24 и UIS, какими их видит приложение",
        "Bitrix24 and UIS as the application sees them",
    ),
    "welcome_text": (
        "Портал, личный кабинет UIS и магазин на этой странице выдуманы, приложение настоящее. "
        "Пройдите пять шагов: в конце чат посетителя станет лидом.",
        "The portal, the UIS personal account and the shop on this page are invented, the application is real. "
        "Take the five steps: in the end a visitor's chat becomes a lead.",
    ),
    "step_install": ("Установите приложение", "Install the application"),
    "step_install_text": (
        "Откройте портал под администратором и нажмите «Установить» в карточке приложения.",
        "Open the portal as its administrator and press “Установить” (Install) on the application's page.",
    ),
    "step_install_button": ("Открыть портал", "Open the portal"),
    "step_connect": ("Подключите UIS", "Connect UIS"),
    "step_connect_text": (
        "На странице приложения войдите в UIS и выберите каналы.",
        "On the application's page sign in to UIS and choose the channels.",
    ),
    "step_connect_button": ("Открыть приложение", "Open the application"),
    "step_switch": ("Включите чаты", "Switch Chats on"),
    "step_switch_text": (
        "В приложении откройте вкладку «Чаты», включите раздел, выберите ответственного и сохраните.",
        "In the application open the tab Chats, switch the section on, choose the responsible and save.",
    ),
    "step_switch_button": ("Открыть приложение", "Open the application"),
    "step_write": ("Напишите как посетитель", "Write as a visitor"),
    "step_write_text": (
        "Откройте магазин и напишите в чат. Ответить за оператора можно в личном кабинете UIS.",
        "Open the shop and write into the chat. You can answer as an operator in the UIS personal account.",
    ),
    "step_write_button": ("Открыть магазин", "Open the shop"),
    "step_look": ("Посмотрите лид", "See the lead"),
    "step_look_text": (
        "В CRM портала появился лид с данными клиента, дело и переписка (у сделки будет и контакт).",
        "The CRM now has a lead with the client's data, an activity and the transcript (a deal gets a contact too).",
    ),
    "step_look_button": ("Открыть лиды", "Open the leads"),
    "login": ("Логин", "Login"),
    "password": ("Пароль", "Password"),
    "data_key": ("Ключ Data API", "Data API key"),
    "places": ("Где что находится", "Where everything is"),
    "made": ("Что уже есть", "What there is"),
    "installed": ("установлено", "installed"),
    "place_portal": ("Портал", "Portal"),
    "place_lines": ("Чаты открытых линий", "Open Lines"),
    "place_cabinet": ("Личный кабинет UIS", "UIS personal account"),
    "place_shop": ("Магазин", "Shop"),
    "place_app": ("Приложение", "Application"),
    "chats": ("Чаты", "Chats"),
    "dialogs": ("Диалоги открытых линий", "Dialogs of Open Lines"),
    "requests": ("Заявки", "Offline requests"),
    "leads": ("Лиды", "Leads"),
    "deals": ("Сделки", "Deals"),
    "contacts": ("Контакты", "Contacts"),
    "activities": ("Дела", "Activities"),
    "comments": ("Комментарии", "Comments"),
    "rest_requests": ("Запросы REST", "REST requests"),
    "faults_text": (
        "Закажите сбой: следующий подходящий запрос или доставка пойдут не так. Операция задаётся шаблоном "
        "(crm.item.*), ноль раз означает «до отмены».",
        "Order a fault: the next request or delivery that matches goes wrong. The operation is a pattern "
        "(crm.item.*); zero times means until cleared.",
    ),
    "service": ("Служба", "Service"),
    "operation": ("Операция", "Operation"),
    "kind": ("Вид", "Kind"),
    "times": ("Сколько раз", "Times"),
    "options": ("Параметры (JSON)", "Options (JSON)"),
    "left": ("Осталось", "Left"),
    "add_fault": ("Добавить", "Add"),
    "remove": ("Убрать", "Remove"),
    "clear_faults": ("Убрать все", "Clear all"),
    "no_faults": ("Всё работает.", "Everything works."),
    "taken": ("Случилось сбоев", "Faults that happened"),
    "options_wrong": ("Параметры должны быть объектом JSON.", "Options must be a JSON object."),
    "times_wrong": ("Число раз должно быть целым.", "Times must be a whole number."),
    "log_text": (
        "Последние запросы приложения к порталу и доставки UIS приложению.",
        "The latest requests of the application to the portal and deliveries of UIS to the application.",
    ),
    "no_log": ("Запросов ещё не было.", "No requests yet."),
    "time": ("Время", "Time"),
    "direction": ("Направление", "Direction"),
    "status": ("Ответ", "Answer"),
    "duration": ("Длительность", "Duration"),
}


def text(name: str, language: str) -> str:
    """The text `name` in a language of LANGUAGES; raises KeyError for a name that is not in the catalogue."""
    return TEXTS[name][LANGUAGES.index(language)]
