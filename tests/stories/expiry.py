"""Sessions of pages that end while somebody works."""

from playwright.sync_api import Route

from tests.stories.person import Person


def session_of(person: Person) -> str:
    """The token in the page that the server gave."""
    return str(person.frame.locator("meta[name=session]").get_attribute("content"))


def expire(person: Person) -> None:
    """The page's session is eleven minutes old from now on, for the server too."""
    old = session_of(person)
    over = person.stage.expired(old)

    def age(route: Route) -> None:
        body = route.request.post_data
        headers = {name: value.replace(old, over) for name, value in route.request.headers.items()}
        route.continue_(headers=headers, post_data=body.replace(old, over) if body else None)

    person.context.route("**/api/**", age)
