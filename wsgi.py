"""The application as a server finds it: `gunicorn wsgi:app`, `flask --app wsgi ...`."""

from app.web.factory import create_app

app = create_app()
