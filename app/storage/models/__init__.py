"""All tables. One file per subject."""

from app.storage.models.budget import PortalBudget
from app.storage.models.conversation import ClientKey, Conversation, Message, PlanRow, Visitor
from app.storage.models.directory import Directory, Employee, QueueTurn, SettingsVersion
from app.storage.models.inbox import InboxRow, PortalWork
from app.storage.models.installation import Chain, Installation, InstallationState, PendingConnect
from app.storage.models.lease import LeaseRow
from app.storage.models.meter import MeterRow
from app.storage.models.outbox import MailWork, OutboxRow
from app.storage.models.request_log import RequestLog
from app.storage.models.uis import UisChannel, UisConnection, UisTicket

__all__ = [
    "Chain", "ClientKey", "Conversation", "Directory", "Employee", "InboxRow", "Installation", "InstallationState",
    "LeaseRow", "MailWork", "Message", "MeterRow", "OutboxRow", "PendingConnect", "PlanRow", "PortalBudget",
    "PortalWork", "QueueTurn", "RequestLog", "SettingsVersion", "UisChannel", "UisConnection", "UisTicket", "Visitor",
]  # fmt: skip
