"""What operators do in chats of UIS, through our adapter."""
