"""Sessions of open lines as chats for the reports of UIS."""
