"""What is read from a new portal, and what it is told beyond the manifest: the last step of an installation."""

from bitrix_app.desk.automation import match
from bitrix_app.directories import first_read
from bitrix_app.install import DirectoryStep

FIRST_STEPS: tuple[DirectoryStep, ...] = (first_read, match)
