"""Where what is created begins: pipeline and stage, by rule; what the portal does not have any more is passed over."""

from collections.abc import Iterator

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.decision import Decision
from app.domain.settings.communication import Communication, Stage
from app.rules.filters import matches

FIRST = "NEW"
"""The first status of leads and the first stage of the general pipeline, unless the portal renamed it away."""
Place = tuple[int, str | None]


def stage_for(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision, kind: Kind
) -> Place:
    """(pipeline, stage): of the first rule that holds and that the portal still has, else the default.

    Leads have no pipelines. When the default is gone too, the general pipeline's own first stage (None: the portal
    chooses it).
    """
    for number, rule in _rules(snapshot, settings, kind):
        if _there(rule, view, kind):
            decision.because("pipeline_rule", rule=number, stage=rule.stage_id)
            return rule.category_id or 0, rule.stage_id
        decision.because("pipeline_rule_gone", rule=number, stage=rule.stage_id)
    default = settings.pipeline.default
    if _there(default, view, kind):
        decision.because("pipeline_default", stage=default.stage_id)
        return default.category_id or 0, default.stage_id
    decision.because("pipeline_default_gone", stage=default.stage_id)
    first = Stage(category_id=0, stage_id=FIRST)
    return 0, FIRST if _there(first, view, kind) else None


def _rules(snapshot: Snapshot, settings: Communication, kind: Kind) -> Iterator[tuple[int, Stage]]:
    for number, rule in enumerate(settings.pipeline.rules, start=1):
        of_deals_only = kind == Kind.LEAD and bool(rule.category_id)
        if not of_deals_only and matches(rule.filter, snapshot.facts):
            yield number, rule


def _there(stage: Stage, view: PortalView, kind: Kind) -> bool:
    """Whether the portal has this place; without a directory everything is believed."""
    if view.stages is None:
        return True
    return (str(kind), None if kind == Kind.LEAD else stage.category_id or 0, stage.stage_id) in view.stages
