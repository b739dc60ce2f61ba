"""Nobody is led to a closed door: what a page links to opens for whoever reads that page."""

import html
import re

import pytest

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="(/[^"#]*)')
NO_PAGE = ("/static/", "/api/")


def doors(browser, start: str) -> dict[str, str]:
    """Address → where it stood, of every link within reach of `start` that does not open."""
    where, to_open, closed = {start: ""}, [start], {}
    while to_open:
        address = to_open.pop()
        answer = browser.get(address, follow=True)
        if answer.status_code >= 400:
            closed[address] = where[address]
        elif "?" not in address and answer["Content-Type"].startswith("text/html"):
            for link in map(html.unescape, LINK.findall(answer.content.decode())):
                if link not in where and not link.startswith(NO_PAGE):
                    where[link] = address
                    to_open.append(link)
    return closed


@pytest.mark.parametrize("who", ["tao", "vera"])
def test_in_a_project_without_anything(browse, at, project, who, request):
    assert doors(browse(request.getfixturevalue(who)), at("project")) == {}


@pytest.mark.parametrize("who", ["olga", "ada", "rui", "tao", "vera"])
def test_in_a_project_with_pairs_in_every_state(browse, at, submit, approve, write, who, request):
    write("Say hello"), submit("Say goodbye"), approve("Say thanks")
    assert doors(browse(request.getfixturevalue(who)), at("project")) == {}
