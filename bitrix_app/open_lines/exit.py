"""The way out to open lines: see `app.pipeline.letters.exits.ExitSide`. Its twin for clients is `app.uis.talk.exit`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.base.file_links import FileLinks, FilePlace
from app.domain.mail import Delivered, Delivery, Kind, Letter
from app.domain.plan import Failed
from app.pipeline.letters.exits import ExitAway
from app.storage.database import reading
from app.storage.models import Installation, LineDialog
from app.storage.queries import lines
from bitrix_app.batch import BatchAnswer
from bitrix_app.crm import BitrixCrm
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError, Later, NoAnswer, Rejected
from bitrix_app.limits.pace import Pace
from bitrix_app.open_lines import answers as line_answers
from bitrix_app.open_lines import lookup as line_lookup
from bitrix_app.open_lines.calls import SEND, SINGLE, Call, calls_of, notice_element, pack, params_of
from bitrix_app.refusals import away


class LineExit:
    """One portal's lines. Kept for a process: it remembers the portal's pace."""

    looks_up = True

    def __init__(self, crm: BitrixCrm) -> None:
        self.crm = crm
        self.client = crm.client
        self.services = crm.client.services
        self.pace = Pace()
        self.links = FileLinks(self.services.config, self.services.clock)

    def pack(self, runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
        return pack(runs, self.pace.size())

    def reserve(self, timeout: float) -> bool:
        return self.crm.reserve(timeout)

    def send(self, group: Sequence[Letter]) -> list[Delivery]:
        """One request for the group; what is refused for a reason that can be got round is sent once more."""
        dialogs = self._dialogs(group)
        found = _nowhere(group, dialogs)
        rest = [letter for letter in group if letter.id not in found]
        found |= self._carry(calls_of(rest), dialogs, reserved=True) if rest else {}
        for letter in group:
            delivery = found[letter.id]
            if isinstance(delivery, Failed) and (way := self._other_way(letter, delivery, dialogs)):
                found[letter.id] = way()
        return line_answers.in_order(group, [found[letter.id] for letter in group])

    def look_up(self, letters: Sequence[Letter]) -> list[Delivery]:
        try:
            return line_lookup.look_up(self.client, letters, self._dialogs(letters))
        except BitrixError as error:
            raise away(error) from None

    def _dialogs(self, letters: Sequence[Letter]) -> Mapping[int, LineDialog]:
        with self.services.sessions() as session:
            return lines.by_ids(reading(session), {letter.body["dialog"] for letter in letters})

    def _carry(
        self, calls: Sequence[Call], dialogs: Mapping[int, LineDialog], *, reserved: bool = False
    ) -> dict[int, Delivery]:
        """Deliveries by letter. Raises ExitAway when certainly nothing was done."""
        now = int(self.services.clock.now().timestamp())
        ready = [(call, params_of(call, dialogs, self._files(call), now)) for call in calls]
        answers = self._one(*ready[0], reserved) if len(ready) == 1 else self._many(ready, reserved)
        found: dict[int, Delivery] = {}
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, Rejected) and len(call.letters) > 1 and _is_about_elements(answer):
                found |= self._halves(call, dialogs)
                continue
            read = line_answers.refused if isinstance(answer, BitrixError) else line_answers.read
            found |= dict(zip((one.id for one in call.letters), read(call, answer), strict=True))
        return found

    def _halves(self, call: Call, dialogs: Mapping[int, LineDialog]) -> dict[int, Delivery]:
        """The portal refused all for the sake of one: nothing was done, so the others go without it."""
        middle = len(call.letters) // 2
        found: dict[int, Delivery] = {}
        for part in (call.letters[:middle], call.letters[middle:]):
            try:
                found |= self._carry([replace(call, letters=part)], dialogs)
            except ExitAway as error:
                left = line_answers.refused(replace(call, letters=part), Later(error.reason, error.after))
                found |= dict(zip((one.id for one in part), left, strict=True))
        return found

    def _one(self, call: Call, params: Mapping[str, Any], reserved: bool) -> list[Any]:
        try:
            answer = self.client.call(call.method, params, reserved=reserved)
        except Rejected as error:
            return [error]
        except NoAnswer as error:
            if not error.sent:
                raise away(error) from None
            return [error]
        except BitrixError as error:
            raise away(error) from None
        seconds = (answer.get("time") or {}).get("duration")
        if isinstance(seconds, int | float):
            self._note(seconds, call)
        return [answer.get("result")]

    def _note(self, seconds: float, call: Call) -> None:
        """What one message takes: a call with fifty is cut off like any other."""
        self.pace.note([seconds / len(call.letters)] * len(call.letters))

    def _many(self, ready: Sequence[tuple[Call, Mapping[str, Any]]], reserved: bool) -> list[Any]:
        commands = {f"c{at}": command(call.method, params) for at, (call, params) in enumerate(ready)}
        try:
            answer = self.client.batch(commands, reserved=reserved)
        except NoAnswer as error:
            if not error.sent:
                raise away(error) from None
            return [error for _ in ready]
        except BitrixError as error:
            raise away(error) from None
        for at, (call, _) in enumerate(ready):
            if time := answer.times.get(f"c{at}"):
                self._note(time.duration, call)
        return [_of_batch(answer, f"c{at}", call) for at, (call, _) in enumerate(ready)]

    def _files(self, call: Call) -> dict[int, str]:
        """Links that end soon: the portal fetches the file at once."""
        return {
            letter.id: self.links.short(self._place(letter))
            for letter in call.letters
            if letter.body.get("file")
        }

    def _portal_url(self) -> str:
        with self.services.sessions() as session:
            return reading(session).get_one(Installation, self.client.installation_id).portal_url

    def _place(self, letter: Letter) -> FilePlace:
        file = letter.body["file"]
        return FilePlace(self.client.installation_id, int(file["conversation"]), int(file["message"]))

    def _other_way(
        self, letter: Letter, refusal: Failed, dialogs: Mapping[int, LineDialog]
    ) -> Callable[[], Delivery] | None:
        """How else a refused letter may be shown; None when there is no other way."""
        if letter.kind == Kind.NOTICE:
            return lambda: self._as_message(letter, dialogs.get(letter.body["dialog"]))
        if letter.kind != Kind.MESSAGE or not refusal.reason.startswith(line_answers.ELEMENT):
            return None
        other = self._plainer(letter)
        return (lambda: self._again(other, dialogs)) if other else None

    def _plainer(self, letter: Letter) -> Letter | None:
        """The same without what the portal may have refused: a file becomes a link to our page, the name of an
        employee who left stands in the text."""
        element = letter.body["element"]
        message = dict(element["message"])
        if file := letter.body.get("file"):
            link = f"[url={self.links.lasting(self._place(letter), self._portal_url())}]{file['name']}[/url]"
            message["text"] = "\n".join(part for part in (message.get("text", ""), link) if part)
        elif "user_id" in message:
            message["text"] = f"[b]UIS:[/b]\n{message.get('text', '')}"
            del message["user_id"]
        else:
            return None
        body = {name: value for name, value in letter.body.items() if name != "file"}
        return replace(letter, body=body | {"element": element | {"message": message}})

    def _as_message(self, letter: Letter, dialog: LineDialog | None) -> Delivery:
        """First in the name of the operator whom it concerns, then as a message of the channel."""
        if dialog is None:
            return Failed("dialog_gone")
        delivery: Delivery = Failed("dialog_gone")
        for as_user in (True, False):
            if as_user and not letter.body.get("user_id"):
                continue
            body = letter.body | {"element": notice_element(letter, dialog, as_user=as_user)}
            delivery = self._again(replace(letter, kind=Kind.MESSAGE, body=body), {dialog.id: dialog})
            if not isinstance(delivery, Failed):
                break
        return delivery

    def _again(self, letter: Letter, dialogs: Mapping[int, LineDialog]) -> Delivery:
        call = Call(SEND, int(letter.body["line"]), [letter])
        try:
            return self._carry([call], dialogs)[letter.id]
        except ExitAway as error:
            return line_answers.refused(call, Later(error.reason, error.after))[0]


def _nowhere(group: Sequence[Letter], dialogs: Mapping[int, LineDialog]) -> dict[int, Delivery]:
    """What wants the portal's number of a dialog that no message has reached: there is nothing to end, and a notice
    goes another way."""
    found: dict[int, Delivery] = {}
    for letter in group:
        dialog = dialogs.get(letter.body["dialog"])
        if letter.kind in SINGLE and (dialog is None or dialog.im_chat_id is None):
            found[letter.id] = (
                Delivered({"finished": True}) if letter.kind == Kind.FINISH else Failed("dialog_gone")
            )
    return found


def _of_batch(answer: BatchAnswer, key: str, call: Call) -> Any:
    """The result of one call of a batch, or its error."""
    if key in answer.errors:
        return answer.errors[key].meaning(call.method)
    return answer.results[key] if key in answer.results else NoAnswer("no answer for this call")


def _is_about_elements(error: Rejected) -> bool:
    """Whether a call was refused for the sake of what one of its messages holds."""
    return error.code.upper() == "ERROR_ARGUMENT"
