"""The operator workplace: its calls, one file per subject."""

from app.web.api.workplace import (
    answer,
    chat,
    files,
    lists,
    orders,
    overview,
    replies,
    start,
    updates,
    visits,
)

SUBJECTS = (overview, lists, chat, visits, answer, files, orders, start, replies, updates)
