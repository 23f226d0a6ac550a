"""Opens a few pages of the demo as a visitor and as a signed-in clerk, and prints the status and URL of each."""

import django
import time_machine
from django.test import Client

from tests.upgrade.dump import MADE_AT

VISITOR = ["/", "/procedures/kyphoplasty/", "/request/", "/sitemap.xml"]
CLERK = ["/admin/desk/", "/admin/desk/day/", "/admin/desk/calendar/", "/admin/booking/appointmentrequest/"]


def main() -> None:
    django.setup()
    from booking.management.commands.load_demo import PASSWORD  # noqa: PLC0415  its models need the set-up

    visitor, clerk = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    with time_machine.travel(MADE_AT):
        assert clerk.login(username="desk", password=PASSWORD)
        for client, pages in ((visitor, VISITOR), (clerk, CLERK)):
            for page in pages:
                print(client.get(page).status_code, page)  # noqa: T201


if __name__ == "__main__":
    main()
