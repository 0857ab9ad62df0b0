"""Carrying out a batch of orders: one request, an outcome per order."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.plan import Done, Failed, Outcome, Retry, StepKind, StepState, Unknown
from app.pipeline.crm_side import CrmAway, Order
from bitrix_app.attach import Fetch, send_with_files
from bitrix_app.batch import BatchAnswer, CommandError
from bitrix_app.client import PortalClient
from bitrix_app.commands import RESULT_PATHS, command_of
from bitrix_app.errors import BitrixError, Later, NoAnswer, Rejected, UserRefused, pause_of
from bitrix_app.limits.pace import Pace

UPDATES = {StepKind.UPDATE_ACTIVITY, StepKind.UPDATE_COMMENT, StepKind.ADD_COMMUNICATION}


def execute_alone(client: PortalClient, order: Order, fetch: Fetch) -> list[Outcome]:
    """Send one order that may not ride in a batch. Raises CrmAway when certainly nothing was done."""
    try:
        return [send_with_files(client, order, fetch)]
    except BitrixError as error:
        raise away(error) from None


def execute(client: PortalClient, pace: Pace, orders: Sequence[Order]) -> list[Outcome]:
    """Send one batch that was admitted, and for which a request was reserved.

    Raises CrmAway when certainly nothing was done. `halt=0`: orders of others ride in it. A step whose link did not
    resolve is never done, whatever its own answer says.
    """
    built = {order.key: command_of(order) for order in orders}
    try:
        commands = {key: command for key, (_, command) in built.items()}
        answer = client.batch(commands, reserved=True, admitted=True)
    except NoAnswer as error:
        if not error.sent:
            raise away(error) from None
        return [Unknown(error.reason) for _ in orders]
    except BitrixError as error:
        raise away(error) from None
    pace.note(time.duration for time in answer.times.values())
    outcomes = {order.key: _outcome(order, answer, built[order.key][0]) for order in orders}
    return [_checked(order, outcomes) for order in orders]


def away(error: BitrixError) -> CrmAway:
    """An error of a whole request that says: nothing was done."""
    reason, after, parked = pause_of(error)
    return CrmAway(reason, after, parked=parked)


def _outcome(order: Order, answer: BatchAnswer, method: str) -> Outcome:
    if order.key in answer.results:
        made = _id(order, answer.results[order.key])
        if made is None and order.step.kind in RESULT_PATHS:
            return Unknown("an answer without an id")
        return Done(made)
    failure = answer.errors.get(order.key)
    if failure is None:
        return Unknown("no answer for this command")
    if order.step.kind in UPDATES and failure.code.upper() == "NOT_FOUND":
        return Done()  # somebody deleted it in the portal: there is nothing left to keep current
    return _refused(failure, method)


def _refused(failure: CommandError, method: str) -> Outcome:
    meaning = failure.meaning(method)
    if isinstance(meaning, Later):
        return Retry(max(meaning.after, 0.5), str(meaning), counts=False)
    if isinstance(meaning, NoAnswer):
        return Unknown(meaning.reason)
    if isinstance(meaning, Rejected | UserRefused):
        return Failed(str(meaning))
    return Retry(10.0, str(meaning))


def _checked(order: Order, outcomes: Mapping[str, Outcome]) -> Outcome:
    """Look at what the step was linked to: a link that did not resolve spoils it."""
    outcome = outcomes[order.key]
    if order.step.state == StepState.REPAIR or not order.links:
        return outcome
    targets = [outcomes[key] for key, _ in order.links.values()]
    if all(isinstance(target, Done) and target.result for target in targets):
        return outcome
    if isinstance(outcome, Done):
        return Done(outcome.result, linked=False)
    if isinstance(outcome, Failed):
        return Retry(0.0, f"waits for its link: {outcome.reason}", counts=False)
    return outcome


def _id(order: Order, result: Any) -> int | None:
    """The id that an answer carries; None for steps that make nothing, or when it has another shape."""
    if order.step.state == StepState.REPAIR:
        return order.step.result
    for part in RESULT_PATHS.get(order.step.kind, ()):
        result = result.get(part) if isinstance(result, dict) else None
    try:
        return int(result) if order.step.kind in RESULT_PATHS and result else None
    except (TypeError, ValueError):
        return None
