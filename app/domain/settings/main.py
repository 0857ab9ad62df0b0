"""Main: switches everything."""

from app.domain.settings.base import Section


class Main(Section):
    """Off: communications are stored and wait; accounts and channels are always processed."""

    enabled: bool = True
