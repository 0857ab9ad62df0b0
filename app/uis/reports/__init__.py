"""Reading the reports of UIS."""
