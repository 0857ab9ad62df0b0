"""Offline requests ("заявки"): visitors send forms, employees process them. UIS has no callback for them."""

from sandbox.uis.channels import ChannelActions
from sandbox.uis.entities import OfflineRequest
from sandbox.uis.store import Source, digits, fill_card


class Uis(ChannelActions):
    """The whole UIS account with all actions of visitors and employees."""

    def offline_request(
        self,
        *,
        name: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        text: str | None = None,
        visitor: int | None = None,
        source: Source = None,
        form_name: str | None = None,
        group_id: int | None = None,
        properties: str | None = None,
        technical: bool = False,
        session: int | None = None,
    ) -> OfflineRequest:
        """A form of the site; with `form_name` it is one of the site's own. `session` is a visit that is there."""
        with self.lock:
            person = self.visitor(visitor) if visitor else self.new_visitor()
            fill_card(person, name=name, phones=[phone] if phone else [], emails=[email] if email else [])
            person.communications += 1
            request = OfflineRequest(
                id=next(self.request_ids),
                communication_id=next(self.communication_ids),
                communication_number=person.communications,
                created=self.clock.now(),
                visitor_id=person.id,
                session=self.sessions.get(session or 0)
                or self.new_session(person, "offline_message", source),
                text=text,
                name=name,
                phone=digits(phone) if phone else None,
                email=email,
                form_type="Пользовательская" if form_name else "Стандартная",
                form_name=form_name,
                group_id=group_id,
                properties=properties,
                technical=technical,
            )
            self.requests[request.id] = request
            return request

    def process_request(
        self,
        request_id: int,
        *,
        operator_id: int = 367852,
        status: str = "processed",
        comment: str | None = None,
        answer: str | None = None,
    ) -> OfflineRequest:
        """An employee takes a request (`processing`) or finishes it (`processed`)."""
        if status not in ("processing", "processed", "not_processed"):
            raise ValueError(f"unknown status {status!r}")
        with self.lock:
            if request_id not in self.requests:
                raise ValueError(f"no offline request {request_id}")
            request = self.requests[request_id]
            request.status, request.employee_id = status, self.employee(operator_id).id
            request.processed = self.clock.now() if status == "processed" else None
            request.employee_comment, request.employee_answer = comment, answer
            return request
