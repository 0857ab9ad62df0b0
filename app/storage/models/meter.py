"""What all processes have counted together."""

from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.database import Base


class MeterRow(Base):
    """One value of a counter or of a part of a histogram; it only grows."""

    __tablename__ = "meter"

    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment="see app.base.meters")
    label: Mapped[str] = mapped_column(String(160), primary_key=True, comment="label values joined by a bar")
    value: Mapped[float] = mapped_column(Float(53))
