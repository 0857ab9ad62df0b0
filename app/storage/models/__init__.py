"""All tables. One file per subject."""

from app.storage.models.analytics import AnalyticsDialog, AnalyticsHint, AnalyticsWork, Webhook
from app.storage.models.budget import PortalBudget
from app.storage.models.conversation import (
    ClientKey,
    ClientWord,
    Conversation,
    Message,
    PlanRow,
    SaidWord,
    Visitor,
)
from app.storage.models.desk import PortalNews, QuickReply, Seen
from app.storage.models.directory import Directory, Employee, QueueTurn, SettingsVersion
from app.storage.models.inbox import InboxRow, PortalWork
from app.storage.models.installation import Chain, Installation, InstallationState, PendingConnect
from app.storage.models.late_event import LateEvent
from app.storage.models.lease import LeaseRow
from app.storage.models.lines import LineDialog, LineState, LinesWork, OpenLine
from app.storage.models.meter import MeterRow
from app.storage.models.outbox import MailWork, OutboxRow
from app.storage.models.request_log import RequestLog
from app.storage.models.uis import UisChannel, UisConnection, UisTicket

__all__ = [
    "AnalyticsDialog", "AnalyticsHint", "AnalyticsWork", "Chain", "ClientKey", "ClientWord", "Conversation",
    "Directory", "Employee", "InboxRow", "Installation", "InstallationState", "LateEvent", "LeaseRow", "LineDialog",
    "LineState", "LinesWork", "MailWork", "Message", "MeterRow", "OpenLine", "OutboxRow", "PendingConnect",
    "PlanRow", "PortalBudget", "PortalNews", "PortalWork", "QueueTurn", "QuickReply", "RequestLog", "SaidWord", "Seen",
    "SettingsVersion", "UisChannel", "UisConnection", "UisTicket", "Visitor", "Webhook",
]  # fmt: skip
