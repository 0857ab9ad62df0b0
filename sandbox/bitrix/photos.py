"""Photos of employees: initials on a colour, drawn here so that no picture is kept."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal

COLORS = ("#3d8fd1", "#b0589b", "#4ba984", "#d58f3c", "#7a6cc9")
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="{color}"/>'
    '<text x="50" y="64" font-family="sans-serif" font-size="40" fill="#fff" text-anchor="middle">'
    "{letters}</text></svg>"
)


def create_photos(portal: "Portal") -> Blueprint:
    """`/upload/main/avatar_<id>.svg`, open to everybody as uploads of a portal are."""
    pages = Blueprint("photos", __name__)

    @pages.get("/upload/main/avatar_<int:user_id>.svg")
    def photo(user_id: int) -> Response:
        user = portal.users.get(user_id)
        if user is None or not user.has_photo:
            return Response("", status=404)
        letters = "".join(part[:1] for part in (user.name, user.last_name) if part.isalpha())
        picture = PICTURE.format(color=COLORS[user_id % len(COLORS)], letters=letters)
        return Response(picture, content_type="image/svg+xml")

    return pages
