"""What a portal has used of its limits, shared by all processes. In the embedded mode it lives in memory."""

from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base
from app.storage.types import Json, JsonDict


class PortalBudget(Base):
    """One portal's request budget and the working time of its methods. An old row says what no row says."""

    __tablename__ = "portal_budget"

    member_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    empty_at: Mapped[float] = mapped_column(
        Float(53), comment="unix seconds of the database's clock: when the leaky bucket will have run empty"
    )
    penalty: Mapped[float] = mapped_column(
        Float(53), default=0.0, comment="seconds of the last pause after a refusal"
    )
    refused_at: Mapped[float] = mapped_column(
        Float(53), default=0.0, comment="unix seconds: the portal's last refusal"
    )
    operating: Mapped[JsonDict] = mapped_column(
        Json, default=dict, comment="see bitrix_app.limits.operating, in the portal's clock"
    )
