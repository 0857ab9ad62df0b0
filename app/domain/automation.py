"""Names that the automation of the CRM knows us by."""

WROTE = "uis_omni_client_wrote"
FINISHED = "uis_omni_chat_finished"
"""Triggers. Bitrix24 takes `[a-z0-9.-_]` only."""

DIRECTORY = "automation"
"""The directory that remembers what the portal was told: one item, see `bitrix_app.desk.automation`."""
