"""Lanes of a portal, taken by hand."""

from app.pipeline.taking import take_in
from app.storage.models import MailWork
from app.storage.queries import work
from tests.support.stage import Stage


def taken_by_the_mail_lane(here: Stage) -> None:
    """One event is folded in beside a drain."""
    services = here.services
    now, ttl = services.clock.now(), services.config.claim_ttl
    with services.sessions.begin() as session:
        work.due_by(session, here.installation_id, now, MailWork)
        claim = work.claim(session, here.installation_id, "mail", now, ttl, MailWork)
    assert claim is not None
    assert take_in(here.road, claim)[0] == 1
