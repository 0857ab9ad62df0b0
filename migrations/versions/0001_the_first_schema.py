"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column(
            "generation", sa.Integer(), nullable=False, comment="grows with every reinstall after a removal"
        ),
        sa.Column(
            "portal_url",
            sa.String(length=255),
            nullable=False,
            comment="https://portal.bitrix24.ru, no slash at the end",
        ),
        sa.Column("client_endpoint", sa.String(length=255), nullable=False, comment="https://portal/rest/"),
        sa.Column(
            "oauth_url",
            sa.String(length=255),
            nullable=False,
            comment="allow-listed authorization server, no path",
        ),
        sa.Column("application_token", sa.Text(), nullable=True, comment="sealed"),
        sa.Column(
            "event_key", sa.Text(), nullable=False, comment="sealed: the secret part of our event addresses"
        ),
        sa.Column("event_key_hash", sa.String(length=64), nullable=False, comment="sha256 of event_key"),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False, comment="L, F, D, T, P as Bitrix24 says"),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False, comment="IANA name of the portal"),
        sa.Column(
            "crm_mode", sa.String(length=8), nullable=True, comment="classic | simple, null: not asked yet"
        ),
        sa.Column(
            "name", sa.String(length=255), nullable=True, comment="name of the integration given at /connect"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "steps",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="progress of the installer's steps",
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="code of why it is parked or what failed"),
        sa.Column("parked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "set_aside_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="what waited then is left alone",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True, comment="manifest last compared"),
        sa.Column(
            "match_lease_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="somebody makes the portal match the manifest until then",
        ),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "sync",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="progress of the last synchronization",
        ),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.UniqueConstraint("event_key_hash", name=op.f("uq_installation_event_key_hash")),
        sa.UniqueConstraint("member_id", name=op.f("uq_installation_member_id")),
    )
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_installation_purge_at"), ["purge_at"], unique=False)

    op.create_table(
        "pending_connect",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("portal_host", sa.String(length=255), nullable=False),
        sa.Column(
            "state_hash", sa.String(length=64), nullable=False, comment="sha256 of the single-use OAuth state"
        ),
        sa.Column(
            "cookie_hash", sa.String(length=64), nullable=False, comment="sha256 of the browser's cookie"
        ),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_connect")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_pending_connect_state_hash")),
    )
    with op.batch_alter_table("pending_connect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_connect_portal_host"), ["portal_host"], unique=False)

    op.create_table(
        "chain",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_installer", sa.Boolean(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("refresh_token", sa.Text(), nullable=False, comment="sealed"),
        sa.Column(
            "refresh_hash",
            sa.String(length=64),
            nullable=False,
            comment="sha256 of the refresh token: what is compared",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "lease_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="somebody is refreshing until then",
        ),
        sa.Column("state", sa.String(length=16), nullable=False, comment="alive | suspect | dead"),
        sa.Column("suspect_at", sa.DateTime(timezone=True), nullable=True, comment="first invalid_grant"),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), nullable=False, comment="last verified frame of this user"
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_chain_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        sa.UniqueConstraint("installation_id", "user_id", name=op.f("uq_chain_installation_id_user_id")),
    )
    with op.batch_alter_table("chain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_installation_id"), ["installation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chain_refreshed_at"), ["refreshed_at"], unique=False)

    op.create_table(
        "conversation",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="chat | offline"),
        sa.Column(
            "source_id",
            sa.BigInteger(),
            nullable=False,
            comment="chat_id of UIS, or id of the offline request",
        ),
        sa.Column(
            "account",
            sa.String(length=32),
            nullable=False,
            comment="UIS account (app_id) it belongs to; part of markers",
        ),
        sa.Column("channel_id", sa.BigInteger(), nullable=True, comment="chat_channel_id of the set-up list"),
        sa.Column("visitor_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("initiator", sa.String(length=32), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "closed_at", sa.DateTime(timezone=True), nullable=True, comment="when we heard of the close"
        ),
        sa.Column(
            "reported_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="first row of the report folded in",
        ),
        sa.Column("close_reason", sa.String(length=48), nullable=True),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="nested source facts",
        ),
        sa.Column(
            "ledger",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what was made: see app.domain.ledger",
        ),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="waiting|done|filtered|failed|in_doubt"
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="code and words of what is wrong"),
        sa.Column("reason", sa.String(length=48), nullable=True, comment="code of why nothing was made"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False, comment="grows with every event folded in"),
        sa.Column(
            "decided", sa.Integer(), nullable=False, comment="value of `changed` that the last decision saw"
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when to look at it again, null: at rest",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_conversation_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint(
            "installation_id",
            "kind",
            "source_id",
            name=op.f("uq_conversation_installation_id_kind_source_id"),
        ),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversation_due",
            ["installation_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_conversation_installation_id_id", ["installation_id", "id"], unique=False)
        batch_op.create_index(
            "ix_conversation_installation_id_visitor_id", ["installation_id", "visitor_id"], unique=False
        )

    op.create_table(
        "directory",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("items", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_directory_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory")),
        sa.UniqueConstraint("installation_id", "name", name=op.f("uq_directory_installation_id_name")),
    )
    op.create_table(
        "employee",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "uis_id",
            sa.BigInteger(),
            nullable=False,
            comment="id of get.employees, operator_id of the Chat API",
        ),
        sa.Column("full_name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True, comment="Bitrix24 user"),
        sa.Column("joined_by", sa.String(length=8), nullable=True, comment="hand | email | phone | name"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_employee_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee")),
        sa.UniqueConstraint("installation_id", "uis_id", name=op.f("uq_employee_installation_id_uis_id")),
    )
    op.create_table(
        "inbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False, comment="uis | bitrix | poll"),
        sa.Column(
            "kind", sa.String(length=48), nullable=False, comment="path of the callback or name of the event"
        ),
        sa.Column("dedup_key", sa.String(length=160), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="as received"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="new | done | failed"),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_inbox_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("installation_id", "dedup_key", name=op.f("uq_inbox_installation_id_dedup_key")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_pending",
            ["installation_id", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.create_index("ix_inbox_received_at", ["received_at"], unique=False)

    op.create_table(
        "portal_work",
        sa.Column(
            "installation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="earliest work, null: idle"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_portal_work_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_portal_work")),
    )
    with op.batch_alter_table("portal_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_work_due_at"), ["due_at"], unique=False)

    op.create_table(
        "queue_turn",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False, comment="see app.rules.queue.queue_key"),
        sa.Column("place", sa.Integer(), nullable=False, comment="in the list of users, from 0"),
        sa.Column("user_id", sa.Integer(), nullable=False, comment="Bitrix24 user"),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_queue_turn_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_turn")),
        sa.UniqueConstraint("installation_id", "queue", name=op.f("uq_queue_turn_installation_id_queue")),
    )
    op.create_table(
        "request_log",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column(
            "commands",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="[method, outcome] per command of a batch",
        ),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_request_log_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_log")),
    )
    with op.batch_alter_table("request_log", schema=None) as batch_op:
        batch_op.create_index("ix_request_log_at", ["at"], unique=False)
        batch_op.create_index("ix_request_log_installation_id_id", ["installation_id", "id"], unique=False)

    op.create_table(
        "settings_version",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True, comment="Bitrix24 user"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_settings_version_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_version")),
        sa.UniqueConstraint(
            "installation_id",
            "section",
            "revision",
            name=op.f("uq_settings_version_installation_id_section_revision"),
        ),
    )
    op.create_table(
        "uis_connection",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="sealed: the secret part of the callback address"
        ),
        sa.Column("key_hash", sa.String(length=64), nullable=False, comment="sha256 of key"),
        sa.Column("webhook_token", sa.Text(), nullable=False, comment="sealed: Bearer token of webhook_auth"),
        sa.Column("project", sa.String(length=16), nullable=False),
        sa.Column(
            "login",
            sa.String(length=255),
            nullable=False,
            comment="login of the personal account, shown to administrators",
        ),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="joining | connected | broken | closed"
        ),
        sa.Column("problem", sa.Text(), nullable=True, comment="code of what is wrong"),
        sa.Column("answering", sa.String(length=16), nullable=False, comment="uis | bitrix24"),
        sa.Column("adapter_id", sa.BigInteger(), nullable=True),
        sa.Column("adapter_login", sa.String(length=64), nullable=True),
        sa.Column("adapter_password", sa.Text(), nullable=True, comment="sealed"),
        sa.Column("adapter_token", sa.Text(), nullable=True, comment="sealed"),
        sa.Column("adapter_token_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="account of the Chat API"),
        sa.Column("app_id", sa.BigInteger(), nullable=True, comment="the client in UIS (context.app_id)"),
        sa.Column("data_api_key", sa.Text(), nullable=True, comment="sealed"),
        sa.Column(
            "data_api",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment='{"state", "problem", "limits": {...}}',
        ),
        sa.Column("timezone", sa.String(length=64), nullable=False, comment="zone of report times"),
        sa.Column(
            "polled_till", sa.DateTime(timezone=True), nullable=True, comment="reports were read up to here"
        ),
        sa.Column("poll_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "polled",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what the poller remembers of chats: see app.uis.poll",
        ),
        sa.Column(
            "requests_due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when offline requests are to be read",
        ),
        sa.Column(
            "requests_polled",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what is remembered of offline requests: see app.uis.offline",
        ),
        sa.Column(
            "lost_callbacks",
            sa.Integer(),
            nullable=False,
            comment="chats and messages that only the reports told of",
        ),
        sa.Column(
            "history",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="progress of the last import of history: see app.uis.history",
        ),
        sa.Column(
            "history_due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when its next step is to be done, null: none is under way",
        ),
        sa.Column(
            "lease_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="somebody is connecting or disconnecting until then",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_uis_connection_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uis_connection")),
        sa.UniqueConstraint("installation_id", name=op.f("uq_uis_connection_installation_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_uis_connection_key_hash")),
    )
    with op.batch_alter_table("uis_connection", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_uis_connection_history_due_at"), ["history_due_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_uis_connection_poll_due_at"), ["poll_due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_uis_connection_requests_due_at"), ["requests_due_at"], unique=False
        )

    op.create_table(
        "uis_ticket",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("project", sa.String(length=16), nullable=False),
        sa.Column("login", sa.String(length=255), nullable=False),
        sa.Column("jwt", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("channels", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_uis_ticket_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uis_ticket")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_uis_ticket_ticket_hash")),
    )
    with op.batch_alter_table("uis_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uis_ticket_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_uis_ticket_installation_id"), ["installation_id"], unique=False)

    op.create_table(
        "visitor",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "card",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="facts under visitor.*",
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_visitor_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor")),
        sa.UniqueConstraint(
            "installation_id", "visitor_id", name=op.f("uq_visitor_installation_id_visitor_id")
        ),
    )
    op.create_table(
        "client_key",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("installation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "key",
            sa.String(length=160),
            nullable=False,
            comment='"phone:+7916…", "email:…", "visitor:…", "person:…"',
        ),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_client_key_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_client_key_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_key")),
        sa.UniqueConstraint(
            "installation_id",
            "key",
            "conversation_id",
            name=op.f("uq_client_key_installation_id_key_conversation_id"),
        ),
    )
    with op.batch_alter_table("client_key", schema=None) as batch_op:
        batch_op.create_index("ix_client_key_conversation_id", ["conversation_id"], unique=False)

    op.create_table(
        "message",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("mnemonic", sa.String(length=64), nullable=True),
        sa.Column("resource", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("reply_to_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_message_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "conversation_id", "message_id", name=op.f("uq_message_conversation_id_message_id")
        ),
    )
    op.create_table(
        "plan",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "steps",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="see app.domain.plan",
        ),
        sa.Column(
            "effects",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what the ledger gets when it is settled",
        ),
        sa.Column(
            "explanation",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="why, as data",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_plan_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("ix_plan_conversation_id_id", ["conversation_id", "id"], unique=False)
        batch_op.create_index(
            "uq_plan_open",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "uis_channel",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "chat_channel_id", sa.BigInteger(), nullable=False, comment="id of GET /v1/integration/channel"
        ),
        sa.Column("adapter_channel_id", sa.BigInteger(), nullable=True, comment="channel_id of callbacks"),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False, comment="given to our account"),
        sa.Column(
            "templates",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="WABA message templates",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["uis_connection.id"],
            name=op.f("fk_uis_channel_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uis_channel")),
        sa.UniqueConstraint(
            "connection_id", "chat_channel_id", name=op.f("uq_uis_channel_connection_id_chat_channel_id")
        ),
    )
    with op.batch_alter_table("uis_channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uis_channel_connection_id"), ["connection_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("uis_channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uis_channel_connection_id"))

    op.drop_table("uis_channel")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_plan_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("ix_plan_conversation_id_id")

    op.drop_table("plan")
    op.drop_table("message")
    with op.batch_alter_table("client_key", schema=None) as batch_op:
        batch_op.drop_index("ix_client_key_conversation_id")

    op.drop_table("client_key")
    op.drop_table("visitor")
    with op.batch_alter_table("uis_ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uis_ticket_installation_id"))
        batch_op.drop_index(batch_op.f("ix_uis_ticket_expires_at"))

    op.drop_table("uis_ticket")
    with op.batch_alter_table("uis_connection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uis_connection_requests_due_at"))
        batch_op.drop_index(batch_op.f("ix_uis_connection_poll_due_at"))
        batch_op.drop_index(batch_op.f("ix_uis_connection_history_due_at"))

    op.drop_table("uis_connection")
    op.drop_table("settings_version")
    with op.batch_alter_table("request_log", schema=None) as batch_op:
        batch_op.drop_index("ix_request_log_installation_id_id")
        batch_op.drop_index("ix_request_log_at")

    op.drop_table("request_log")
    op.drop_table("queue_turn")
    with op.batch_alter_table("portal_work", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portal_work_due_at"))

    op.drop_table("portal_work")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_received_at")
        batch_op.drop_index(
            "ix_inbox_pending",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )

    op.drop_table("inbox")
    op.drop_table("employee")
    op.drop_table("directory")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_installation_id_visitor_id")
        batch_op.drop_index("ix_conversation_installation_id_id")
        batch_op.drop_index(
            "ix_conversation_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("conversation")
    with op.batch_alter_table("chain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chain_refreshed_at"))
        batch_op.drop_index(batch_op.f("ix_chain_installation_id"))

    op.drop_table("chain")
    with op.batch_alter_table("pending_connect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_connect_portal_host"))

    op.drop_table("pending_connect")
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_installation_purge_at"))

    op.drop_table("installation")
