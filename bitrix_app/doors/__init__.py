"""The Flask doors that face Bitrix24 and the browsers that come from there. Each: verify, accept, answer."""

from flask import Blueprint, Flask

from bitrix_app import keys
from bitrix_app.doors import assets, connect, events, frames, robots, webhook
from bitrix_app.doors.answers import limit_size, refused, too_large
from bitrix_app.verify import Refused


def blueprint() -> Blueprint:
    """All addresses of Bitrix24, /connect and /assets."""
    doors = Blueprint("bitrix", __name__, template_folder="../templates")
    doors.before_request(limit_size)
    doors.register_error_handler(Refused, refused)
    doors.register_error_handler(413, too_large)
    frames.register(doors)
    events.register(doors)
    robots.register(doors)
    webhook.register(doors)
    connect.register(doors)
    assets.register(doors)
    return doors


def install(app: Flask) -> None:
    """Register the doors, and the command that rotates the keys of what they keep."""
    app.register_blueprint(blueprint())
    keys.install(app)
