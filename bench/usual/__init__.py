"""The usual ways of writing chats into a portal, to measure ours beside: nothing here is used by the application."""
